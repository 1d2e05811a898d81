import type { Clock } from './clock';
import { AppError } from './errors';

/** The options every slow call takes last. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Throws `AppError('cancelled')` when the signal has been aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('cancelled', 'Cancelled', { cause: signal.reason });
}

/** Resolves after `delayMs` on the given clock; rejects with `AppError('cancelled')` on abort. */
export function delay(clock: Clock, delayMs: number, { signal }: CallOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new AppError('cancelled', 'Cancelled', { cause: signal.reason }));
      return;
    }
    const onAbort = () => {
      timer.dispose();
      reject(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
    };
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
