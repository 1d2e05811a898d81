/** Before the first sample, and for the bounds of what comes out; the first three are the official client's (protocol notes, section 5). */
const INITIAL_RTT_MS = 100;
const INITIAL_TIMEOUT_MS = 200;
const LONGEST_BASE_TIMEOUT_MS = 1000;
/** The transport below is TCP: what is late is usually queued, not lost, so a hasty resend only adds to the queue. */
const SHORTEST_TIMEOUT_MS = 200;
const LONGEST_TIMEOUT_MS = 4000;

/**
 * Round-trip time and the retransmission time-out made of it. The smoothing is that of the official client; Karn's rule
 * (no samples from messages sent more than once) is the caller's to keep.
 */
export class RoundTrip {
  #smoothedMs = INITIAL_RTT_MS;
  #variationMs = 0;
  #timeoutMs = INITIAL_TIMEOUT_MS;
  #shortestMs = Number.POSITIVE_INFINITY;
  #sampled = false;

  get smoothedMs(): number {
    return this.#smoothedMs;
  }

  /** The least seen, which is what the path costs while nothing queues; infinite before the first sample. */
  get shortestMs(): number {
    return this.#shortestMs;
  }

  /** How long to wait for the acknowledgement of a message sent `transmissions` times; doubles with each. */
  timeoutMs(transmissions: number): number {
    return Math.min(LONGEST_TIMEOUT_MS, this.#timeoutMs * 2 ** Math.min(10, Math.max(0, transmissions - 1)));
  }

  sample(elapsedMs: number): void {
    const sample = Math.max(0, elapsedMs);
    this.#shortestMs = Math.min(this.#shortestMs, sample);
    if (!this.#sampled) {
      this.#sampled = true;
      this.#smoothedMs = sample;
      this.#variationMs = sample / 2;
    } else {
      this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - sample);
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * sample;
    }
    const timeout = this.#smoothedMs + Math.max(10, 4 * this.#variationMs);
    this.#timeoutMs = Math.min(LONGEST_BASE_TIMEOUT_MS, Math.max(SHORTEST_TIMEOUT_MS, timeout));
  }
}
