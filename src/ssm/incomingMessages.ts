import type { Clock } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Log } from '../base/log';
import { ReceiveBuffer } from './sequencing/receiveBuffer';
import { decodeAcknowledgedSequence, encodeAcknowledgeFrame } from './wire/acknowledge';
import { decodeClientMessage, HEADER_BYTES, type ReceivedMessage } from './wire/clientMessage';
import { MessageIds } from './wire/messageIds';
import { decodeChannelClosed } from './wire/payloads';

/** The channel that the messages come in by. */
export interface IncomingOwner {
  /** The agent has said something new. Told before it is acknowledged. */
  onAgentHeard(): void;
  /** Copies an acknowledgement's frame. */
  send(frame: Uint8Array): void;
  /** One stream message from the agent, in order and exactly once. */
  onMessage(payloadType: number, payload: Uint8Array): void;
  /** The agent has the message of this number. */
  onAcknowledged(sequence: number): void;
  /** The service says that the session is over; `output` is its text for the user. */
  onChannelClosed(output: string): void;
  /** Nothing that has come lately makes sense. */
  onNonsense(words: string): void;
}

/** Longer than the acknowledgement of any stream message. */
const ACKNOWLEDGEMENT_BYTES = 512;
/** Frames in a row that make no sense; by then it is not a glitch. */
const BAD_FRAMES_IN_A_ROW = 32;

/** The receiving half of a channel: reads frames, puts stream messages in order, acknowledges them. Outlives every socket. */
export class IncomingMessages {
  readonly #owner: IncomingOwner;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stream = new ReceiveBuffer<ReceivedMessage>();
  readonly #ids = new MessageIds();
  /** Used for every acknowledgement. */
  readonly #acknowledgement = Buffer.alloc(ACKNOWLEDGEMENT_BYTES);
  readonly #allocate = (payloadBytes: number) =>
    this.#acknowledgement.subarray(0, HEADER_BYTES + payloadBytes);
  #badFrames = 0;
  #stopped = false;

  constructor(deps: { readonly clock: Clock; readonly log: Log }, owner: IncomingOwner) {
    this.#owner = owner;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** The next frame comes from another socket. */
  restart(): void {
    this.#badFrames = 0;
  }

  /** Nothing is delivered any more. */
  stop(): void {
    this.#stopped = true;
  }

  take(frame: Uint8Array): void {
    try {
      this.#onMessage(decodeClientMessage(frame));
      this.#badFrames = 0;
    } catch (thrown) {
      // Not acknowledged, so a stream message comes again; anything else is no loss.
      const words = messageOf(thrown);
      this.#log.debug(`frame not understood: ${words}`);
      if (++this.#badFrames >= BAD_FRAMES_IN_A_ROW) this.#owner.onNonsense(words);
    }
  }

  #onMessage(message: ReceivedMessage): void {
    switch (message.messageType) {
      case 'output_stream_data':
        this.#onStreamData(message);
        break;
      case 'acknowledge':
        this.#owner.onAcknowledged(decodeAcknowledgedSequence(message.payload));
        break;
      case 'channel_closed':
        this.#owner.onChannelClosed(decodeChannelClosed(message.payload).output);
        break;
      default:
        // start_publication and pause_publication speak to the agent; other types are to come, or not for us.
        this.#log.trace(`message of type ${message.messageType} ignored`);
    }
  }

  #onStreamData(message: ReceivedMessage): void {
    const reception = this.#stream.receive(message);
    if (reception === 'refuse') return;
    this.#owner.onAgentHeard();
    this.#owner.send(encodeAcknowledgeFrame(message, this.#clock.now(), this.#ids, this.#allocate));
    if (reception !== 'deliver') return;
    this.#owner.onMessage(message.payloadType, message.payload);
    while (!this.#stopped) {
      const next = this.#stream.next();
      if (next === undefined) return;
      this.#owner.onMessage(next.payloadType, next.payload);
    }
  }
}
