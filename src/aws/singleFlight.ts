import { AppError } from '../base/errors';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';

interface Flight<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Lets everyone who wants the same thing at the same time wait for one doing of it. It is given up when the last of them gives up. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  isUnderWay(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Joins what is under way for `key`, else starts it. Throws what `start` throws, and `AppError('cancelled')` for this waiter alone. */
  run(key: string, start: (signal: AbortSignal) => Promise<T>, { signal }: CallOptions = {}): Promise<T> {
    throwIfCancelled(signal);
    const flight = this.#flights.get(key) ?? this.#launch(key, start);
    flight.waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal?.removeEventListener('abort', onAbort);
        flight.waiting -= 1;
      };
      const onAbort = () => {
        leave();
        if (flight.waiting === 0) {
          // Whoever comes next begins anew instead of joining a dying one.
          if (this.#flights.get(key) === flight) this.#flights.delete(key);
          flight.controller.abort(signal?.reason);
        }
        reject(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      flight.outcome.then(
        value => (leave(), resolve(value)),
        (failure: unknown) => (leave(), reject(failure as Error)),
      );
    });
  }

  #launch(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const outcome = start(controller.signal).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    // The waiters may all have left; their leaving is what failed it.
    outcome.catch(() => undefined);
    const flight: Flight<T> = { outcome, controller, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}
