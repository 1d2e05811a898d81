import type { Clock } from '../../../src/base/clock';
import { toDisposable, type Disposable } from '../../../src/base/lifecycle';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** A clock that moves only when told, to the next timer at a time; a binary heap, as simulations set many timers. */
export class TestClock implements Clock {
  #now: number;
  #order = 0;
  readonly #heap: Timer[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return Math.floor(this.#now);
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    const timer: Timer = {
      at: this.#now + Math.max(0, delayMs),
      order: this.#order++,
      callback,
      cancelled: false,
    };
    this.#push(timer);
    return toDisposable(() => (timer.cancelled = true));
  }

  /** When the next timer is due, in epoch milliseconds. */
  get nextAt(): number | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0]?.at;
  }

  /** Moves to the next timer and runs it. False when there is none, or none until `limit`. */
  runNext(limit = Number.POSITIVE_INFINITY): boolean {
    const at = this.nextAt;
    if (at === undefined || at > limit) return false;
    const timer = this.#pop()!;
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    return true;
  }

  /** Moves by `milliseconds`, running what falls due on the way; promises get their turn after each. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await turn();
    while (this.runNext(end)) await turn();
    this.#now = Math.max(this.#now, end);
    await turn();
  }

  /** The machine was suspended: time passed and nothing ran. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  #push(timer: Timer): void {
    let at = this.#heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, this.#heap[parent]!)) break;
      this.#heap[at] = this.#heap[parent]!;
      at = parent;
    }
    this.#heap[at] = timer;
  }

  #pop(): Timer | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (!isBefore(this.#heap[child]!, last)) break;
      this.#heap[at] = this.#heap[child]!;
      at = child;
    }
    this.#heap[at] = last;
    return first;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** Lets streams, ticks and promises run until they have to wait for the clock. */
export function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
