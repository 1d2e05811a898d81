const INITIAL_ROUND_TRIP_MS = 100;
const INITIAL_TIMEOUT_MS = 200;
const LONGEST_TIMEOUT_MS = 1_000;
const CLOCK_GRANULARITY_MS = 10;

/** The agent's estimate of when a message is overdue: numbers as in the protocol notes, section 5, without Karn's rule. */
export class RetransmissionTimer {
  #roundTripMs = INITIAL_ROUND_TRIP_MS;
  #variationMs = 0;
  #timeoutMs = INITIAL_TIMEOUT_MS;

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Notes the time between the last sending of a message and its acknowledgement. */
  sample(roundTripMs: number): void {
    this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#roundTripMs - roundTripMs);
    this.#roundTripMs = 0.875 * this.#roundTripMs + 0.125 * roundTripMs;
    this.#timeoutMs = Math.min(
      LONGEST_TIMEOUT_MS,
      this.#roundTripMs + Math.max(CLOCK_GRANULARITY_MS, 4 * this.#variationMs),
    );
  }
}
