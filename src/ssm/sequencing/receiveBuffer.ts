/** What to do with one received message. `acknowledge` false means: as if it had never come, the sender will try again. */
export type Reception = 'deliver' | 'hold' | 'duplicate' | 'refuse';

export interface ReceiveLimits {
  /** Messages that may wait for an earlier one; the official client holds 10 000. */
  readonly messages: number;
  readonly bytes: number;
}

export const DEFAULT_RECEIVE_LIMITS: ReceiveLimits = { messages: 10_000, bytes: 16 * 1024 * 1024 };

/**
 * The receiving half of the stream: puts messages in order. Pure; the caller acknowledges everything but `refuse`.
 * A duplicate is acknowledged again, because its acknowledgement may have been lost (the official client does not, and then
 * the agent resends for ever).
 */
export class ReceiveBuffer<T extends { readonly sequenceNumber: number; readonly payload: Uint8Array }> {
  readonly #limits: ReceiveLimits;
  readonly #held = new Map<number, T>();
  #heldBytes = 0;
  #expected = 0;

  constructor(limits: ReceiveLimits = DEFAULT_RECEIVE_LIMITS) {
    this.#limits = limits;
  }

  get expected(): number {
    return this.#expected;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get heldMessages(): number {
    return this.#held.size;
  }

  /**
   * Classifies `message` and keeps it when it came early. After `deliver` the caller processes it and then takes what has
   * become ready from `next`.
   */
  receive(message: T): Reception {
    const sequence = message.sequenceNumber;
    if (sequence < this.#expected) return 'duplicate';
    if (sequence === this.#expected) {
      this.#expected++;
      return 'deliver';
    }
    if (this.#held.has(sequence)) return 'duplicate';
    const tooFar = sequence - this.#expected > this.#limits.messages;
    if (tooFar || this.#heldBytes + message.payload.length > this.#limits.bytes) return 'refuse';
    this.#held.set(sequence, message);
    this.#heldBytes += message.payload.length;
    return 'hold';
  }

  /** The next message in order, if it came early and its turn is now. */
  next(): T | undefined {
    if (this.#held.size === 0) return undefined;
    const message = this.#held.get(this.#expected);
    if (message === undefined) return undefined;
    this.#held.delete(this.#expected);
    this.#heldBytes -= message.payload.length;
    this.#expected++;
    return message;
  }
}
