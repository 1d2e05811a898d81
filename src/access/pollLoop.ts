import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifecycle';

/**
 * Asks the same question again and again, never twice at a time. `step` answers with the milliseconds until the next one, or
 * `undefined` to stop. It must look at `signal` after every await: once aborted, what it holds is an answer that nobody wants.
 */
export class PollLoop implements Disposable {
  readonly #clock: Clock;
  readonly #step: (signal: AbortSignal) => Promise<number | undefined>;
  readonly #onFailure: (failure: unknown) => void;
  #timer: Disposable | undefined;
  #running: AbortController | undefined;
  #disposed = false;

  constructor(
    clock: Clock,
    step: (signal: AbortSignal) => Promise<number | undefined>,
    onFailure: (failure: unknown) => void,
  ) {
    this.#clock = clock;
    this.#step = step;
    this.#onFailure = onFailure;
  }

  /** Whether a step is under way or waits for its time. */
  get isRunning(): boolean {
    return this.#running !== undefined || this.#timer !== undefined;
  }

  /** Asks after `delayMs`, unless the loop runs already. */
  start(delayMs = 0): void {
    if (this.#disposed || this.isRunning) return;
    this.#schedule(delayMs);
  }

  /** Asks now instead of later; leaves a step that is under way alone. */
  hurry(): void {
    if (this.#running) return;
    this.restart();
  }

  /** Asks now; an answer still outstanding is given up. */
  restart(): void {
    this.stop();
    this.start();
  }

  stop(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#running?.abort();
    this.#running = undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.stop();
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    let next: number | undefined;
    try {
      next = await this.#step(running.signal);
    } catch (failure) {
      if (!running.signal.aborted) this.#onFailure(failure);
    }
    // Stopped or restarted meanwhile: another run, or none, is in charge.
    if (this.#running !== running) return;
    this.#running = undefined;
    if (next !== undefined && !this.#disposed) this.#schedule(next);
  }
}
