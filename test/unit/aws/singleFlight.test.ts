import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../../src/aws/singleFlight';
import { deferred } from './support/deferred';

describe('doing a thing once', () => {
  it('gives all who wait the one outcome, and begins anew after it', async () => {
    const flights = new SingleFlight<number>();
    const work = deferred<number>();
    let started = 0;
    const start = () => ((started += 1), work.promise);
    const both = [flights.run('k', start), flights.run('k', start)];
    expect(flights.isUnderWay('k')).toBe(true);
    work.resolve(7);
    expect(await Promise.all(both)).toEqual([7, 7]);
    expect(flights.isUnderWay('k')).toBe(false);
    expect(await flights.run('k', start)).toBe(7);
    expect(started).toBe(2);
  });

  it('gives all who wait the one failure', async () => {
    const flights = new SingleFlight<number>();
    const start = () => Promise.reject(new Error('no'));
    const outcomes = await Promise.allSettled([flights.run('k', start), flights.run('k', start)]);
    expect(outcomes.map(one => one.status)).toEqual(['rejected', 'rejected']);
  });

  it('goes on while anyone waits, and is given up with the last', async () => {
    const flights = new SingleFlight<number>();
    const first = new AbortController();
    const second = new AbortController();
    const given: AbortSignal[] = [];
    const start = (signal: AbortSignal) => {
      given.push(signal);
      return new Promise<number>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    };
    const one = flights.run('k', start, { signal: first.signal });
    const two = flights.run('k', start, { signal: second.signal });
    first.abort();
    await expect(one).rejects.toMatchObject({ code: 'cancelled' });
    expect(given[0]?.aborted).toBe(false);
    second.abort();
    await expect(two).rejects.toMatchObject({ code: 'cancelled' });
    expect(given[0]?.aborted).toBe(true);
    expect(flights.isUnderWay('k')).toBe(false);
    void flights.run('k', start).catch(() => undefined);
    expect(given).toHaveLength(2);
  });

  it('keeps keys apart', async () => {
    const flights = new SingleFlight<string>();
    const results = await Promise.all(['a', 'b'].map(key => flights.run(key, () => Promise.resolve(key))));
    expect(results).toEqual(['a', 'b']);
  });
});
