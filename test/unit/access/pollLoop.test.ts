import { describe, expect, it } from 'vitest';
import { callWithin } from '../../../src/access/callWithin';
import { jittered, probePause, readPause, retryPause } from '../../../src/access/pace';
import { openGrant, START_TOLERANCE_MS } from '../../../src/access/grantState';
import { PollLoop } from '../../../src/access/pollLoop';
import type { AccessRequest } from '../../../src/access/request';
import { FakeClock, settle } from '../../support/access/fakeClock';
import { DRAFT, FLOW, FRONT_END, MINUTE, SECOND } from '../../support/access/world';

describe('PollLoop', () => {
  function looped(step: (signal: AbortSignal) => Promise<number | undefined>) {
    const clock = new FakeClock();
    const failures: unknown[] = [];
    const loop = new PollLoop(clock, step, failure => failures.push(failure));
    return { clock, loop, failures };
  }

  it('asks at the pauses it is told, and stops when told none', async () => {
    const at: number[] = [];
    const pauses = [1000, 2000, undefined];
    const { clock, loop } = looped(() => {
      at.push(clock.now());
      return Promise.resolve(pauses[at.length - 1]);
    });
    const start = clock.now();
    loop.start(500);
    loop.start(0);
    await clock.advance(60_000);
    expect(at.map(time => time - start)).toEqual([500, 1500, 3500]);
    expect(loop.isRunning).toBe(false);
    loop.start();
    await clock.advance(1);
    expect(at).toHaveLength(4);
  });

  it('aborts what is outstanding on a restart, and does not let it go on', async () => {
    const signals: AbortSignal[] = [];
    const answers: ((pause: number) => void)[] = [];
    const { clock, loop } = looped(signal => {
      signals.push(signal);
      return new Promise(resolve => answers.push(resolve));
    });
    loop.start();
    await clock.advance(1);
    loop.hurry();
    expect(signals).toHaveLength(1);
    loop.restart();
    await clock.advance(1);
    expect(signals.map(signal => signal.aborted)).toEqual([true, false]);
    answers[0]?.(10);
    await clock.advance(1000);
    expect(signals).toHaveLength(2);
    answers[1]?.(10);
    await clock.advance(20);
    expect(signals).toHaveLength(3);
    loop.dispose();
    expect(signals[2]?.aborted).toBe(true);
    loop.start();
    expect(loop.isRunning).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('hurries a waiting question', async () => {
    let asked = 0;
    const { clock, loop } = looped(() => {
      asked++;
      return Promise.resolve(MINUTE);
    });
    loop.start();
    await clock.advance(1);
    loop.hurry();
    await clock.advance(1);
    expect(asked).toBe(2);
    loop.dispose();
  });

  it('reports a step that fails, and stops', async () => {
    const { clock, loop, failures } = looped(() => Promise.reject(new Error('bug')));
    loop.start();
    await clock.advance(1);
    expect(failures).toHaveLength(1);
    expect(loop.isRunning).toBe(false);
  });
});

describe('callWithin', () => {
  it('passes the answer and the failure on', async () => {
    const clock = new FakeClock();
    expect(await callWithin(clock, 1000, () => Promise.resolve(7))).toBe(7);
    await expect(callWithin(clock, 1000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(clock.pending).toBe(0);
  });

  it('gives up after its time and aborts the call', async () => {
    const clock = new FakeClock();
    let inner: AbortSignal | undefined;
    const failed = expect(
      callWithin(clock, 1000, ({ signal }) => {
        inner = signal;
        return new Promise(() => {});
      }),
    ).rejects.toMatchObject({ code: 'network' });
    await clock.advance(1000);
    await failed;
    expect(inner?.aborted).toBe(true);
  });

  it('is cancelled from outside, before and during', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const failed = expect(
      callWithin(clock, 1000, () => new Promise(() => {}), { signal: abort.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    abort.abort();
    await failed;
    let called = false;
    const call = () => {
      called = true;
      return Promise.resolve(1);
    };
    await expect(callWithin(clock, 1000, call, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await settle();
    expect(called).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

describe('the pace', () => {
  const request: AccessRequest = {
    id: 'r',
    broker: 'sym',
    flowId: FLOW.id,
    flowLabel: FLOW.label,
    targetId: FRONT_END.id,
    target: FRONT_END,
    draft: DRAFT,
    whenActive: 'nothing',
    phase: 'pending',
    steps: [{ phase: 'pending', at: 0 }],
    requestedAt: 0,
    durationSeconds: 1800,
  };
  const grant = openGrant(request, { notBefore: 0, sentAt: 0, at: 0 });

  it('never waits so long before the escalation that the end becomes uncertain', () => {
    for (let age = 0; age < 48 * 60 * MINUTE; age += 7 * MINUTE) {
      for (const phase of ['submitted', 'pending', 'approved', 'other'] as const) {
        const pause = readPause({ ...request, phase }, undefined, age) ?? Number.POSITIVE_INFINITY;
        expect(jittered(pause, 1)).toBeLessThan(START_TOLERANCE_MS / 2);
      }
    }
  });

  it('grows between failures, to half a minute', () => {
    expect([1, 2, 3, 4, 5, 50].map(retryPause)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('asks for the role soon at first and every quarter of a minute at last', () => {
    const pauses = [1, 2, 3, 4, 5, 99].map(attempts => probePause({ ...grant, attempts }, 0));
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(probePause({ ...grant, lastProblemCode: 'signed-out' }, 0)).toBe(30_000);
    expect(probePause({ ...grant, phase: 'ended' }, 0)).toBeUndefined();
  });

  it('spreads by a fifth, and never by more than ten seconds', () => {
    expect([0, 0.5, 1].map(random => jittered(10 * SECOND, random))).toEqual([8000, 10_000, 12_000]);
    expect(jittered(60 * MINUTE, 1)).toBe(60 * MINUTE + 10 * SECOND);
  });
});
