export interface BackoffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

const DEFAULT_BACKOFF: BackoffLimits = { firstMs: 200, longestMs: 15_000 };

/**
 * Waits between tries without an end: none before the first, then doubling with full jitter, so that many sessions which lost
 * the same network do not come back in step.
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #tries = 0;

  constructor(limits: BackoffLimits = DEFAULT_BACKOFF, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Milliseconds to wait before the next try. */
  next(): number {
    const tries = this.#tries++;
    if (tries === 0) return 0;
    const ceiling = Math.min(this.#limits.longestMs, this.#limits.firstMs * 2 ** Math.min(tries, 20));
    return Math.round(ceiling * (0.5 + this.#random() / 2));
  }

  /** The last connection held: the next try comes at once. */
  reset(): void {
    this.#tries = 0;
  }

  /** The last connection broke soon but was of use: the next try comes after the shortest wait. */
  ease(): void {
    this.#tries = Math.min(this.#tries, 1);
  }
}
