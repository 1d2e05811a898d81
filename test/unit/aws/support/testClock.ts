import type { Clock } from '../../../../src/base/clock';
import { toDisposable, type Disposable } from '../../../../src/base/lifecycle';

/** A clock that stands still, and jumps to the next deadline as soon as someone waits for one. */
export class JumpingClock implements Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[] = [];

  constructor(public at = Date.parse('2026-11-23T08:00:00Z')) {}

  now(): number {
    return this.at;
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    this.waits.push(delayMs);
    const turn = setImmediate(() => {
      this.at += delayMs;
      callback();
    });
    return toDisposable(() => clearImmediate(turn));
  }
}
