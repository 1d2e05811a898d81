import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError } from '../base/errors';

/**
 * Runs a call that may never answer. Throws `AppError('network')` after `timeoutMs` and `AppError('cancelled')` on abort, and aborts
 * the call in both cases; whatever it says later is dropped.
 */
export async function callWithin<T>(
  clock: Clock,
  timeoutMs: number,
  call: (options: { readonly signal: AbortSignal }) => Promise<T>,
  { signal }: CallOptions = {},
): Promise<T> {
  throwIfCancelled(signal);
  const inner = new AbortController();
  let onAbort: (() => void) | undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
      inner.abort();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  let expire: ((reason: AppError) => void) | undefined;
  const expired = new Promise<never>((_resolve, reject) => (expire = reject));
  const timer = clock.schedule(timeoutMs, () => {
    expire?.(new AppError('network', `No answer within ${Math.round(timeoutMs / 1000)} s`));
    inner.abort();
  });
  try {
    return await Promise.race([call({ signal: inner.signal }), interrupted, expired]);
  } finally {
    timer.dispose();
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}
