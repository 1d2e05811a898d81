import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { decodeAcknowledgedSequence, encodeAcknowledgeFrame } from '../../ssm/wire/acknowledge';
import {
  allocateFrame,
  decodeClientMessage,
  HEADER_BYTES,
  MessageFlags,
  sealFrame,
  type ClientMessage,
  type ReceivedMessage,
} from '../../ssm/wire/clientMessage';
import { MessageIds } from '../../ssm/wire/messageIds';
import { WireError } from '../../ssm/wire/wireError';
import { RetransmissionTimer } from './retransmissionTimer';

/** Incoming messages kept, whether they came too early or the worker is busy (protocol notes, section 5). */
const INCOMING_CAPACITY = 100_000;
/** Messages kept unacknowledged while the worker is busy; the client sends the rest again. */
const HELD_CAPACITY = 4_096;
const RESEND_POLL_MS = 100;
/**
 * Messages under way at most. The real agent knows no window; it is slowed by its own sleep. Ours may run unpaced and must
 * not fill memory while the client is slow.
 */
const OUTGOING_WINDOW = 1_024;

export interface AgentChannelOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Puts a frame on the wire. */
  readonly transmit: (frame: Uint8Array) => void;
  /**
   * Takes the next message in order. `notReady` neither acknowledges nor advances: the client sends it again.
   */
  readonly take: (message: ClientMessage) => 'taken' | 'notReady';
  readonly acknowledgesDuplicates: boolean;
  /** Default 100 ms. */
  readonly resendPollMs?: number | undefined;
}

interface Outgoing {
  readonly frame: Uint8Array;
  /** Clock time of the last sending; `undefined` while it has never been sent because publication was paused. */
  sentAt: number | undefined;
}

/** The agent's end of a data channel: order, acknowledgement and resending in both directions, kept over reconnects. */
export class AgentChannel implements Disposable {
  readonly #options: AgentChannelOptions;
  readonly #timer = new RetransmissionTimer();
  readonly #ids = new MessageIds();
  readonly #onDidDrain = new Emitter<void>();
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, { readonly message: ReceivedMessage; acknowledged: boolean }>();
  #nextOut = 0;
  #nextIn = 0;
  #paused = false;
  #busy = false;
  #disposed = false;
  #poll: Disposable | undefined;

  /** Fires when `writable` becomes true again, and when the last message has been acknowledged. */
  readonly onDidDrain: Event<void> = this.#onDidDrain.event;

  constructor(options: AgentChannelOptions) {
    this.#options = options;
  }

  /** Whether sources may be read: publication goes on and the client keeps up. */
  get writable(): boolean {
    return this.#maySend();
  }

  get unacknowledged(): number {
    return this.#outgoing.size;
  }

  /** Sends one `output_stream_data`. Never refuses: who has much to say asks `writable` first. */
  send(payloadType: number, payload: Uint8Array): void {
    const frame = allocateFrame(payload.length);
    frame.set(payload, HEADER_BYTES);
    this.sendFrame(payloadType, frame);
  }

  /** The same with a payload that already stands behind the blank header of a frame. */
  sendFrame(payloadType: number, frame: Buffer): void {
    if (this.#disposed) return;
    const sequenceNumber = this.#nextOut++;
    sealFrame(frame, {
      messageType: 'output_stream_data',
      schemaVersion: 1,
      createdDate: this.#options.clock.now(),
      sequenceNumber,
      flags: sequenceNumber === 0 ? MessageFlags.Syn : MessageFlags.None,
      messageId: this.#ids,
      payloadType,
    });
    const outgoing: Outgoing = { frame, sentAt: undefined };
    this.#outgoing.set(sequenceNumber, outgoing);
    if (!this.#paused) this.#transmit(outgoing);
    this.#schedulePoll();
  }

  /** Takes a frame off the wire. What cannot be read is logged and ignored. */
  receive(frame: Uint8Array): void {
    if (this.#disposed) return;
    let message: ReceivedMessage;
    try {
      message = decodeClientMessage(frame);
    } catch (failure) {
      if (!(failure instanceof WireError)) throw failure;
      this.#options.log.warn('agent: frame ignored', failure.message);
      return;
    }
    switch (message.messageType) {
      case 'acknowledge':
        this.#resumePublication();
        this.#receiveAcknowledge(message);
        return;
      case 'input_stream_data':
        this.#resumePublication();
        this.#receiveStream(message);
        return;
      case 'start_publication':
        this.#resumePublication();
        return;
      case 'pause_publication':
        this.#paused = true;
        return;
      default:
        this.#options.log.warn('agent: message type ignored', message.messageType);
    }
  }

  /** While busy, nothing is taken and nothing is acknowledged. */
  setBusy(busy: boolean): void {
    if (this.#busy === busy) return;
    this.#busy = busy;
    if (!busy) this.#takeInOrder();
  }

  /** Looks again at messages that were refused as `notReady`. */
  retryTaking(): void {
    this.#takeInOrder();
  }

  dispose(): void {
    this.#disposed = true;
    this.#poll?.dispose();
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#onDidDrain.dispose();
  }

  #receiveStream(message: ReceivedMessage): void {
    const sequence = message.sequenceNumber;
    if (sequence < this.#nextIn) {
      if (this.#options.acknowledgesDuplicates) this.#acknowledge(message);
      return;
    }
    if (sequence === this.#nextIn && !this.#busy && this.#incoming.size === 0) {
      if (this.#options.take(message) === 'notReady') return;
      this.#nextIn += 1;
      this.#acknowledge(message);
      return;
    }
    const known = this.#incoming.get(sequence);
    if (known?.acknowledged) {
      if (this.#options.acknowledgesDuplicates) this.#acknowledge(message);
      return;
    }
    const capacity = this.#busy ? HELD_CAPACITY : INCOMING_CAPACITY;
    if (known === undefined && this.#incoming.size >= capacity && sequence !== this.#nextIn) return;
    // Early messages are acknowledged as they are put by; the one whose turn it is only once the worker took it.
    const early = sequence > this.#nextIn && !this.#busy;
    this.#incoming.set(sequence, { message, acknowledged: early });
    if (early) this.#acknowledge(message);
    else this.#takeInOrder();
  }

  #takeInOrder(): void {
    while (!this.#busy && !this.#disposed) {
      const next = this.#incoming.get(this.#nextIn);
      if (next === undefined) return;
      if (this.#options.take(next.message) === 'notReady') {
        if (!next.acknowledged) this.#incoming.delete(this.#nextIn);
        return;
      }
      this.#incoming.delete(this.#nextIn);
      this.#nextIn += 1;
      if (!next.acknowledged) this.#acknowledge(next.message);
    }
  }

  #acknowledge(message: ReceivedMessage): void {
    if (this.#disposed) return;
    this.#options.transmit(encodeAcknowledgeFrame(message, this.#options.clock.now(), this.#ids));
  }

  #receiveAcknowledge(message: ReceivedMessage): void {
    let sequence: number;
    try {
      sequence = decodeAcknowledgedSequence(message.payload);
    } catch (failure) {
      if (!(failure instanceof WireError)) throw failure;
      this.#options.log.warn('agent: acknowledge ignored', failure.message);
      return;
    }
    const outgoing = this.#outgoing.get(sequence);
    if (outgoing === undefined) return;
    const wasShut = !this.#maySend();
    this.#outgoing.delete(sequence);
    if (outgoing.sentAt !== undefined) this.#timer.sample(this.#options.clock.now() - outgoing.sentAt);
    if ((wasShut && this.#maySend()) || this.#outgoing.size === 0) this.#onDidDrain.fire();
  }

  #maySend(): boolean {
    return !this.#paused && !this.#disposed && this.#outgoing.size < OUTGOING_WINDOW;
  }

  #resumePublication(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const outgoing of this.#outgoing.values()) {
      if (outgoing.sentAt === undefined) this.#transmit(outgoing);
    }
    this.#schedulePoll();
    if (this.writable) this.#onDidDrain.fire();
  }

  #transmit(outgoing: Outgoing): void {
    outgoing.sentAt = this.#options.clock.now();
    this.#options.transmit(outgoing.frame);
  }

  /** Every 100 ms, and only the oldest: so n losses cost n waits, as with the real agent. */
  #schedulePoll(): void {
    if (this.#poll !== undefined || this.#disposed || this.#paused || this.#outgoing.size === 0) return;
    this.#poll = this.#options.clock.schedule(this.#options.resendPollMs ?? RESEND_POLL_MS, () => {
      this.#poll = undefined;
      if (this.#paused) return;
      for (const oldest of this.#outgoing.values()) {
        const waitedMs = this.#options.clock.now() - (oldest.sentAt ?? 0);
        if (waitedMs >= this.#timer.timeoutMs) this.#transmit(oldest);
        break;
      }
      this.#schedulePoll();
    });
  }
}
