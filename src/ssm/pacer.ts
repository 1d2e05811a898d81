/** A token bucket: at most `bytesPerSecond`, with bursts of a tenth of a second. A rate of 0 lets everything pass. */
export class Pacer {
  readonly #bytesPerMs: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number | undefined;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#burst = Math.max(2048, bytesPerSecond / 10);
    this.#tokens = this.#burst;
  }

  /** Milliseconds until something may be sent; 0 for now. */
  waitMs(now: number): number {
    if (this.#bytesPerMs === 0) return 0;
    const elapsed = Math.max(0, now - (this.#filledAt ?? now));
    this.#filledAt = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#bytesPerMs);
    return this.#tokens > 0 ? 0 : Math.ceil((1 - this.#tokens) / this.#bytesPerMs);
  }

  /** May overdraw; the debt is waited for before the next. */
  spend(bytes: number): void {
    if (this.#bytesPerMs !== 0) this.#tokens -= bytes;
  }
}
