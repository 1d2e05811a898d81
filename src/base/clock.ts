import { toDisposable, type Disposable } from './lifecycle';

/** Time as a dependency, so that expiry and backoff are tested by turning a clock instead of waiting. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds. */
  now(): number;
  /** Runs `callback` once after `delayMs`; disposing before that cancels it. */
  schedule(delayMs: number, callback: () => void): Disposable;
}

/** `setTimeout` holds its delay in 32 bits; longer waits are cut to this and must be re-armed by the caller. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMEOUT_MS));
    return toDisposable(() => clearTimeout(timer));
  },
};
