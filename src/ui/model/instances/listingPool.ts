import type { Clock } from '../../../base/clock';

export interface ListingPoolOptions {
  /** How many jobs at once. */
  readonly width: number;
  /** A job that has run this long gives its place to the next, and goes on beside it. */
  readonly patienceMs: number;
  /** How many at once, those that are slow included. */
  readonly most: number;
  readonly clock: Clock;
  /** Ends the pool at once; a job that still runs is nobody's any more. */
  readonly signal: AbortSignal;
}

/**
 * Runs all jobs, a few at a time, in their order. An account that AWS throttles or a region that does not answer holds its place only for a
 * while, so the others do not wait for it. A job must not reject.
 */
export function runPool(
  jobs: readonly (() => Promise<void>)[],
  { width, patienceMs, most, clock, signal }: ListingPoolOptions,
): Promise<void> {
  return new Promise(resolve => {
    let begun = 0;
    let running = 0;
    let slow = 0;
    const startNext = (): void => {
      while (begun < jobs.length && !signal.aborted && running < most && running - slow < width) {
        const job = jobs[begun++];
        if (job) start(job);
      }
      if (running === 0) done();
    };
    const start = (job: () => Promise<void>): void => {
      let isSlow = false;
      running += 1;
      const patience = clock.schedule(patienceMs, () => {
        isSlow = true;
        slow += 1;
        startNext();
      });
      void job().finally(() => {
        patience.dispose();
        running -= 1;
        if (isSlow) slow -= 1;
        startNext();
      });
    };
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    startNext();
  });
}
