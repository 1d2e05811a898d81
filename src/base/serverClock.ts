/** An answer that took longer than this tells too little of when the server wrote its date. */
const SLOWEST_MS = 4000;

/** How far a server's clock is ahead of ours, by the `Date` headers of its answers. */
export class ServerClock {
  #offsetMs: number | undefined;

  /**
   * Milliseconds; negative where ours is ahead. As the last answer that came quickly told, good to about two seconds. `undefined` before
   * the first.
   */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** Takes note of an answer: its `Date` header, and when it was asked for and came, epoch milliseconds by our clock. */
  observe(date: string | undefined, startedAt: number, answeredAt: number): void {
    const written = Date.parse(date ?? '');
    const tookMs = answeredAt - startedAt;
    // Below zero the clock was set meanwhile.
    if (Number.isNaN(written) || tookMs < 0 || tookMs > SLOWEST_MS) return;
    // The header cuts off the fraction of a second: half of one is the best guess at it.
    this.#offsetMs = written + 500 - (startedAt + answeredAt) / 2;
  }
}
