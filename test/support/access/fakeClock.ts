import type { Clock } from '../../../src/base/clock';
import { toDisposable, type Disposable } from '../../../src/base/lifecycle';

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Lets everything that needs no timer run to its end. */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** A clock that is turned by hand. Wall clock and timers are two things, as they are in a machine that sleeps. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #wallOffset: number;
  #order = 0;

  constructor(startAt = Date.UTC(2026, 0, 15, 14, 0, 0)) {
    this.#wallOffset = startAt;
  }

  now(): number {
    return this.#wallOffset + this.#elapsed;
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    const timer = { dueAt: this.#elapsed + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return toDisposable(() => void this.#timers.delete(timer));
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Turns the clock, running what falls due in order, each with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.dueAt);
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#elapsed = until;
    await settle();
  }

  /** Moves the wall clock without any timer noticing: the machine slept, or somebody set the clock. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > until) continue;
      if (!next || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}
