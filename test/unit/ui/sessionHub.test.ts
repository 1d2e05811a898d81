import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log';
import { SessionHub } from '../../../src/ui/sessions/sessionHub';
import { FakeSession, frontEndRole } from './liveSessions';

const grantId = frontEndRole.grant!.requestId;
const { grant: _, ...standing } = frontEndRole;

describe('the open sessions', () => {
  let hub: SessionHub;
  let changes: number;
  beforeEach(() => {
    hub = new SessionHub({ log: silentLog });
    changes = 0;
    hub.onDidChange(() => (changes += 1));
  });

  it('are listed newest first and found by id', () => {
    const [older, newer] = [new FakeSession('a'), new FakeSession('b')];
    hub.add(older);
    hub.add(newer);
    expect(hub.sessions).toEqual([newer, older]);
    expect(hub.find('a')).toBe(older);
    expect(hub.find('c')).toBeUndefined();
    expect(changes).toBe(2);
  });

  it('tell their changes, and leave when they close', () => {
    const session = new FakeSession('a');
    hub.add(session);
    session.change('stale');
    expect(changes).toBe(2);
    session.close({ kind: 'remote-exit' });
    expect(hub.sessions).toEqual([]);
    expect(changes).toBe(3);
    session.change('closed');
    expect(changes).toBe(3);
  });

  it('end with their grant, the others stay', async () => {
    const [mine, other] = [new FakeSession('a'), new FakeSession('b', { role: standing })];
    hub.add(mine);
    hub.add(other);
    expect(hub.grantIds).toEqual(new Set([grantId]));
    expect(hub.ofGrant(grantId)).toEqual([mine]);
    await hub.endOfGrant(grantId, { kind: 'grant-ended', message: 'over' });
    expect(mine.ended).toEqual([{ kind: 'grant-ended', message: 'over' }]);
    expect(hub.sessions).toEqual([other]);
  });

  it('live on under the grant that takes over', async () => {
    const session = new FakeSession('a');
    hub.add(session);
    hub.rebind(grantId, 'heir');
    await hub.endOfGrant(grantId, { kind: 'grant-ended' });
    expect(session.ended).toEqual([]);
    await hub.endOfGrant('heir', { kind: 'grant-ended' });
    expect(session.ended).toEqual([{ kind: 'grant-ended' }]);
  });

  it('all end, although one cannot', async () => {
    const [broken, whole] = [new FakeSession('a'), new FakeSession('b')];
    broken.endFailure = new Error('no network');
    hub.add(broken);
    hub.add(whole);
    await hub.endAll({ kind: 'user' });
    expect(whole.ended).toEqual([{ kind: 'user' }]);
  });

  it('are let go of with the hub', () => {
    const session = new FakeSession('a');
    hub.add(session);
    hub.dispose();
    expect(session.disposed).toBe(true);
    expect(hub.sessions).toEqual([]);
  });
});
