import type { RoundTrip } from './roundTrip';

export interface WindowLimits {
  /** Messages in flight at the start, at least, and at most. */
  readonly initial: number;
  readonly smallest: number;
  readonly largest: number;
}

export const DEFAULT_WINDOW: WindowLimits = { initial: 64, smallest: 8, largest: 2048 };

/** Round trips that grow by more than this over the shortest one say that our own messages are queueing up somewhere. */
const QUEUE_TOLERANCE_MS = 100;

/**
 * How many messages may be in flight. Neither the official client nor the agent has such a window; without one a fast sender
 * overruns their buffers, which drop what does not fit. Grows with every clean acknowledgement, at first by one, past the last
 * known trouble by one per round trip; halves on loss; holds still while round trips show a growing queue.
 */
export class CongestionWindow {
  readonly #limits: WindowLimits;
  #size: number;
  #threshold: number;

  constructor(limits: WindowLimits = DEFAULT_WINDOW) {
    this.#limits = limits;
    this.#size = limits.initial;
    this.#threshold = limits.largest;
  }

  get size(): number {
    return Math.floor(this.#size);
  }

  /** `wasFull`: the window, not the lack of data, limited the sender; else the acknowledgement proves nothing. */
  onCleanAck(roundTrip: RoundTrip, wasFull: boolean): void {
    if (!wasFull || roundTrip.smoothedMs > roundTrip.shortestMs + QUEUE_TOLERANCE_MS) return;
    const step = this.#size < this.#threshold ? 1 : 1 / this.#size;
    this.#size = Math.min(this.#limits.largest, this.#size + step);
  }

  /** One loss event, however many messages it took. */
  onLoss(): void {
    this.#threshold = Math.max(this.#limits.smallest, this.#size / 2);
    this.#size = this.#threshold;
  }

  /** A new connection: what is known of the path no longer holds. */
  restart(): void {
    this.#size = Math.max(this.#limits.smallest, Math.min(this.#size, this.#limits.initial));
  }
}
