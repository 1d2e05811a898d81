import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifecycle';

/** One-shot timers by name: starting one again replaces it. */
export class NamedTimers<Name extends string> implements Disposable {
  readonly #clock: Clock;
  readonly #running = new Map<Name, Disposable>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(name: Name): boolean {
    return this.#running.has(name);
  }

  after(name: Name, delayMs: number, then: () => void): void {
    this.cancel(name);
    this.#running.set(
      name,
      this.#clock.schedule(delayMs, () => {
        this.#running.delete(name);
        then();
      }),
    );
  }

  cancel(name: Name): void {
    this.#running.get(name)?.dispose();
    this.#running.delete(name);
  }

  dispose(): void {
    for (const timer of this.#running.values()) timer.dispose();
    this.#running.clear();
  }
}
