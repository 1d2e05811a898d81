import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import { Emitter } from '../../../src/base/events';
import { silentLog } from '../../../src/base/log';
import type { CloseReason } from '../../../src/ssm/closeReason';
import { SessionHub } from '../../../src/ui/sessions/sessionHub';
import { SessionWatch } from '../../../src/ui/sessions/sessionWatch';
import { FakeClock } from '../../support/access/fakeClock';
import { FakeSession } from './liveSessions';

describe('the watch over open sessions', () => {
  let clock: FakeClock;
  let hub: SessionHub;
  let watch: SessionWatch;
  let addresses: string;
  let targetEnd: CloseReason | Error | undefined;
  let asked: string[];
  let offers: number[];
  const signedIn = new Emitter<void>();

  beforeEach(() => {
    clock = new FakeClock();
    hub = new SessionHub({ log: silentLog });
    addresses = 'eth0 10.0.0.1';
    targetEnd = undefined;
    asked = [];
    offers = [];
    watch = new SessionWatch({
      hub,
      onDidSignIn: signedIn.event,
      addresses: () => addresses,
      targetEnd: session => {
        asked.push(session.id);
        return targetEnd instanceof Error ? Promise.reject(targetEnd) : Promise.resolve(targetEnd);
      },
      offerSignIn: waiting => offers.push(waiting),
      clock,
      log: silentLog,
    });
  });
  afterEach(() => watch.dispose());

  function open(id: string): FakeSession {
    const session = new FakeSession(id);
    hub.add(session);
    return session;
  }

  it('has every session try again when somebody signs in', () => {
    const sessions = [open('a'), open('b')];
    signedIn.fire();
    expect(sessions.map(({ retries }) => retries)).toEqual([1, 1]);
  });

  it('has them try again when the network changes, once for each change', async () => {
    const session = open('a');
    await clock.advance(60_000);
    expect(session.retries).toBe(0);
    addresses = 'wlan0 192.168.1.5';
    await clock.advance(5000);
    expect(session.retries).toBe(1);
    await clock.advance(60_000);
    expect(session.retries).toBe(1);
  });

  it('has them try again when the computer wakes', async () => {
    const session = open('a');
    await clock.advance(5000);
    clock.jump(3_600_000);
    await clock.advance(5000);
    expect(session.retries).toBe(1);
  });

  it('does nothing while no session is open', async () => {
    const session = open('a');
    session.close({ kind: 'user' });
    expect(clock.pending).toBe(0);
    signedIn.fire();
    expect(session.retries).toBe(0);
  });

  it('offers a sign-in once for all that wait for one, and again the next time', () => {
    const signedOut = new AppError('signed-out', 'over');
    const [first, second] = [open('a'), open('b')];
    first.change('resuming', new AppError('network', 'away'));
    expect(offers).toEqual([]);
    first.change('resuming', signedOut);
    second.change('resuming', signedOut);
    first.change('resuming', signedOut);
    expect(offers).toEqual([1]);
    first.change('connected');
    second.change('connected');
    second.change('resuming', signedOut);
    expect(offers).toEqual([1, 1]);
  });

  it('ends a session that does not answer because its instance was stopped', async () => {
    const session = open('a');
    targetEnd = { kind: 'target-stopped' };
    await clock.advance(30_000);
    expect(asked).toEqual([]);
    session.change('stale');
    await clock.advance(5000);
    expect(session.ended).toEqual([{ kind: 'target-stopped' }]);
  });

  it.each([
    ['its agent is gone, for it may come back', { kind: 'agent-gone' } as const],
    ['nobody may look', undefined],
    ['looking fails', new Error('no network')],
  ])('leaves it be when %s, and does not ask all the time', async (_, answer) => {
    const session = open('a');
    targetEnd = answer;
    session.change('stale');
    await clock.advance(60_000);
    expect(session.ended).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThanOrEqual(4);
  });
});
