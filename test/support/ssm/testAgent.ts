import type { Clock } from '../../../src/base/clock';
import { decodeAcknowledge, encodeAcknowledge } from '../../../src/ssm/wire/acknowledge';
import {
  decodeClientMessage,
  encodeClientMessage,
  MessageFlags,
  newMessageId,
  PayloadType,
  type ClientMessage,
} from '../../../src/ssm/wire/clientMessage';

export interface AgentOptions {
  readonly clock: Clock;
  /** To the client, by way of the service. */
  readonly transmit: (frame: Uint8Array) => void;
  /** In order, each once; false leaves it unacknowledged and untaken, as an agent that is not ready does. */
  readonly onMessage: (payloadType: number, payload: Uint8Array) => boolean | undefined;
  /** Agents of before mid-2023 do not acknowledge a second time. Default true. */
  readonly reacknowledges?: boolean;
  /** Messages sent again at each look; the real one looks at its oldest only. */
  readonly resendAtOnce?: number;
}

const RESEND_LOOK_MS = 100;
const PAYLOAD_BYTES = 1024;

/**
 * The stream rules of an agent, written from the protocol notes alone and sharing nothing with the client but the frame codec:
 * process then acknowledge, hold what comes early, resend the oldest until it is acknowledged.
 */
export class TestAgent {
  readonly #options: AgentOptions;
  readonly #unacknowledged = new Map<number, { readonly frame: Uint8Array; sentAt: number }>();
  readonly #early = new Map<number, ClientMessage>();
  #nextOut = 0;
  #expected = 0;
  #looking = false;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /** Payload types and bytes of stream messages taken so far are the caller's to count; this is only the next number. */
  get expected(): number {
    return this.#expected;
  }

  send(payloadType: number, payload: Uint8Array): void {
    const sequenceNumber = this.#nextOut++;
    const frame = encodeClientMessage({
      messageType: 'output_stream_data',
      schemaVersion: 1,
      createdDate: this.#options.clock.now(),
      sequenceNumber,
      flags: sequenceNumber === 0 ? MessageFlags.Syn : MessageFlags.None,
      messageId: newMessageId(),
      payloadType,
      payload,
    });
    this.#unacknowledged.set(sequenceNumber, { frame, sentAt: this.#options.clock.now() });
    this.#options.transmit(frame);
    this.#look();
  }

  sendJson(payloadType: number, value: unknown): void {
    this.send(payloadType, Buffer.from(JSON.stringify(value)));
  }

  /** Output, cut as the agent cuts it. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PAYLOAD_BYTES)
      this.send(PayloadType.Output, bytes.subarray(at, at + PAYLOAD_BYTES));
  }

  receive(frame: Uint8Array): void {
    const message = decodeClientMessage(frame);
    if (message.messageType === 'acknowledge')
      this.#unacknowledged.delete(decodeAcknowledge(message.payload).AcknowledgedMessageSequenceNumber);
    else if (message.messageType === 'input_stream_data') this.#onStreamData(message);
  }

  #onStreamData(message: ClientMessage): void {
    const sequence = message.sequenceNumber;
    if (sequence < this.#expected) {
      if (this.#options.reacknowledges !== false) this.#acknowledge(message);
    } else if (sequence > this.#expected) {
      this.#early.set(sequence, message);
      this.#acknowledge(message);
    } else if (this.#take(message)) {
      this.#acknowledge(message);
      for (let next = this.#early.get(this.#expected); next; next = this.#early.get(this.#expected)) {
        this.#early.delete(this.#expected);
        if (!this.#take(next)) throw new Error('an acknowledged message was refused');
      }
    }
  }

  #take(message: ClientMessage): boolean {
    if (this.#options.onMessage(message.payloadType, Buffer.from(message.payload)) === false) return false;
    this.#expected++;
    return true;
  }

  #acknowledge(message: ClientMessage): void {
    this.#options.transmit(
      encodeClientMessage({
        messageType: 'acknowledge',
        schemaVersion: 1,
        createdDate: this.#options.clock.now(),
        sequenceNumber: 0,
        flags: MessageFlags.SynFin,
        messageId: newMessageId(),
        payloadType: PayloadType.None,
        payload: encodeAcknowledge({
          AcknowledgedMessageType: message.messageType,
          AcknowledgedMessageId: message.messageId,
          AcknowledgedMessageSequenceNumber: message.sequenceNumber,
          IsSequentialMessage: true,
        }),
      }),
    );
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#options.clock.schedule(RESEND_LOOK_MS, () => {
      this.#looking = false;
      if (this.#unacknowledged.size === 0) return;
      const now = this.#options.clock.now();
      let left = this.#options.resendAtOnce ?? 1;
      for (const entry of this.#unacknowledged.values()) {
        if (left-- === 0) break;
        if (now - entry.sentAt < 2 * RESEND_LOOK_MS) continue;
        entry.sentAt = now;
        this.#options.transmit(entry.frame);
      }
      this.#look();
    });
  }
}
