import type { SessionControl } from '../../../src/ssm/sessionControl';
import type { Transport, TransportFactory, TransportListener } from '../../../src/ssm/transport';
import { encodeClientMessage, MessageFlags, newMessageId } from '../../../src/ssm/wire/clientMessage';

/** A transport without a network: the test is the service, frame by frame. */
export class DirectTransport implements Transport {
  readonly sent: (Uint8Array | string)[] = [];
  /** Set false to keep a long run from collecting what it sends. */
  keepsSent = true;
  isReading = true;
  isOpen = false;
  bufferedBytes = 0;
  listener: TransportListener | undefined;
  #sequence = 0;

  readonly connect: TransportFactory = async (_, listener) => {
    this.listener = listener;
    this.isOpen = true;
    return this;
  };

  send(frame: Uint8Array | string): void {
    if (this.keepsSent) this.sent.push(typeof frame === 'string' ? frame : Uint8Array.from(frame));
  }

  ping(): void {
    this.listener?.onPong();
  }

  setReading(reading: boolean): void {
    this.isReading = reading;
  }

  dispose(): void {
    this.isOpen = false;
    this.listener = undefined;
  }

  /** The agent's next stream message. */
  say(payloadType: number, payload: Uint8Array | object): void {
    const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
    this.listener?.onFrame(this.streamFrame(this.#sequence++, payloadType, bytes));
  }

  streamFrame(sequenceNumber: number, payloadType: number, payload: Uint8Array): Uint8Array {
    return encodeClientMessage({
      messageType: 'output_stream_data',
      schemaVersion: 1,
      createdDate: 1_700_000_000_000,
      sequenceNumber,
      flags: MessageFlags.None,
      messageId: newMessageId(),
      payloadType,
      payload,
    });
  }
}

export function plainControl(overrides: Partial<SessionControl> = {}): SessionControl {
  return {
    ticket: { sessionId: 'session-1', streamUrl: 'wss://example/session-1', token: 'token-1' },
    targetId: 'i-1',
    resume: async () => undefined,
    terminate: async () => undefined,
    signUpgrade: async () => ({}),
    ...overrides,
  };
}

/** The handshake request of a port session in mux mode. */
export const PORT_REQUEST = {
  AgentVersion: '3.3.1142.0',
  RequestedClientActions: [
    {
      ActionType: 'SessionType',
      ActionParameters: {
        SessionType: 'Port',
        Properties: { portNumber: '80', type: 'LocalPortForwarding' },
      },
    },
  ],
};
