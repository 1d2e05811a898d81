import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import type { CloseKind, CloseReason } from '../../../src/ssm/closeReason';
import type { SessionPhase } from '../../../src/ssm/sessionPhase';
import { CalmLines } from '../../../src/ui/model/sessions/calmLines';
import { closeText } from '../../../src/ui/model/sessions/closeText';
import { exactReason } from '../../../src/ui/model/sessions/exactReason';
import { recordedEnd } from '../../../src/ui/model/sessions/recordedEnd';
import {
  dialHost,
  forwardDocument,
  forwardToText,
  isLoopback,
} from '../../../src/ui/model/sessions/forwardAddress';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { SessionTeller } from '../../../src/ui/model/sessions/sessionTeller';
import { sessionRows } from '../../../src/ui/model/sessions/sessionTreeModel';
import { RecentForwards } from '../../../src/ui/sessions/recentForwards';
import { MementoStore } from '../../../src/ui/workbench/mementoStore';
import { FakeClock } from '../../support/access/fakeClock';
import { FakeSession } from './liveSessions';
import { NOW } from './samples';

const ended = { roleLabel: 'FrontEnd SSH', kind: 'shell', atMs: NOW } as const;

describe('what a terminal tells of its session', () => {
  function teller(kind: 'shell' | 'forward' = 'shell') {
    const said: string[] = [];
    const one = new SessionTeller({
      l10n,
      now: () => NOW,
      roleLabel: 'FrontEnd SSH',
      kind,
      say: sentence => said.push(sentence.replace(/\d\d:\d\d:\d\d/, 'TIME')),
    });
    const phase = (next: SessionPhase, at: number, problem?: Error) =>
      one.tellPhase({ phase: next, previous: 'connected', at, ...(problem ? { problem } : {}) });
    return { said, phase, one };
  }

  it('lost, and resumed with how long it took', () => {
    const { said, phase, one } = teller();
    phase('resuming', NOW, new AppError('network', 'cut'));
    phase('resuming', NOW + 1000, new AppError('network', 'cut'));
    phase('connected', NOW + 2400);
    expect(said).toEqual(['Connection lost TIME, resuming…', 'Resumed after 2.4 s, nothing lost.']);
    expect(one.resumed).toBe(1);
    expect(one.problem).toBeUndefined();
  });

  it('silent, and answering again: that is no resumption', () => {
    const { said, phase, one } = teller();
    phase('stale', NOW);
    phase('connected', NOW + 9000);
    expect(said).toEqual(['No answer at TIME, waiting…', 'Answering again after 9.0 s, nothing lost.']);
    expect(one.resumed).toBe(0);
  });

  it('silent first, then lost: counted from the silence', () => {
    const { said, phase } = teller('forward');
    phase('stale', NOW);
    phase('resuming', NOW + 5000);
    phase('connected', NOW + 6000);
    expect(said).toEqual([
      'No answer at TIME, waiting…',
      'Connection lost TIME, resuming…',
      'Resumed after 6.0 s, nothing lost.',
    ]);
  });

  it('what a person has to do, once for each cause', () => {
    const { said, phase, one } = teller();
    const signedOut = new AppError('signed-out', 'The SSO session is over');
    phase('resuming', NOW, new AppError('network', 'cut'));
    phase('resuming', NOW, signedOut);
    phase('resuming', NOW, signedOut);
    expect(one.problem).toBe(signedOut);
    phase('resuming', NOW, new AppError('clock-skew', 'by an hour'));
    expect(said.slice(1)).toEqual([
      'You are signed out of AWS. The session goes on when you sign in: JIT Access: Sign In.',
      expect.stringMatching(/Set the clock\. Trying again\.$/),
    ]);
  });
});

describe('the reason of an end', () => {
  const every: Record<CloseKind, true> = {
    user: true,
    'grant-ended': true,
    'remote-exit': true,
    'idle-timeout': true,
    'max-duration': true,
    'target-stopped': true,
    'agent-gone': true,
    'access-revoked': true,
    'credentials-expired': true,
    'local-port-lost': true,
    network: true,
    'protocol-error': true,
    'start-failed': true,
    'plugin-exit': true,
    service: true,
  };
  const kinds = Object.keys(every) as CloseKind[];

  it('has a sentence of its own for each kind', () => {
    const sentences = kinds.map(kind => closeText(l10n, { kind }, ended));
    expect(new Set(sentences).size).toBe(kinds.length);
  });

  it.each([
    [{ kind: 'idle-timeout', message: 'timed out after 20 minutes.' }, /^Ended by AWS: .* timed out after/],
    [{ kind: 'agent-gone', message: 'The agent does not answer.' }, /does not answer any more\.$/],
    [{ kind: 'remote-exit', exitCode: 3 }, /ended with status 3/],
    [{ kind: 'plugin-exit', exitCode: 255 }, /status 255/],
    [{ kind: 'local-port-lost', message: 'EBADF' }, /local port was lost\. EBADF$/],
  ] as const)('%j', (reason, words) => {
    expect(closeText(l10n, reason, ended)).toMatch(words);
  });

  it('is not a shell where a forward ends', () => {
    expect(closeText(l10n, { kind: 'remote-exit' }, { ...ended, kind: 'forward' })).not.toMatch(/shell/);
  });
});

describe('what is on record of an end', () => {
  const record = (lastedMs: number, longestMs?: number) =>
    recordedEnd({ startedAt: NOW, endedAt: NOW + lastedMs, longestMs });

  it.each([600_000, 600_400, 586_000, 700_000])('is the longest time after %i ms of 600,000', lasted =>
    expect(record(lasted, 600_000)).toEqual({ kind: 'max-duration' }),
  );

  it('is nothing before it, nor without a limit', () => {
    expect(record(580_000, 600_000)).toBeUndefined();
    expect(record(600_000)).toBeUndefined();
  });
});

describe('looking for a more exact reason', () => {
  const find = (reason: CloseReason, found: CloseReason | Error | undefined, asked = false) => {
    let looked = false;
    const answer = exactReason(reason, {
      asked,
      clock: new FakeClock(),
      explain: () => {
        looked = true;
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
      },
    });
    return answer.then(exact => ({ exact, looked }));
  };
  const stopped = { kind: 'target-stopped' } as const;

  it.each(['service', 'access-revoked', 'agent-gone', 'plugin-exit', 'remote-exit'] as const)(
    '%s leaves open why',
    async kind => expect(await find({ kind }, stopped)).toEqual({ exact: stopped, looked: true }),
  );

  it.each([
    { kind: 'user' },
    { kind: 'grant-ended' },
    { kind: 'idle-timeout' },
    { kind: 'remote-exit', exitCode: 0 },
  ] as const)('%j needs no looking', async reason => {
    expect(await find(reason, stopped)).toEqual({ exact: reason, looked: false });
  });

  it('needs none after exit either', async () => {
    const exit = { kind: 'remote-exit' } as const;
    expect(await find(exit, stopped, true)).toEqual({ exact: exit, looked: false });
  });

  it('keeps what is known when nothing is found', async () => {
    const reason = { kind: 'service', message: 'over' } as const;
    expect((await find(reason, undefined)).exact).toBe(reason);
    expect((await find(reason, new Error('refused'))).exact).toBe(reason);
  });

  it('does not wait for long', async () => {
    const clock = new FakeClock();
    const reason = { kind: 'service' } as const;
    const answer = exactReason(reason, { asked: false, clock, explain: () => new Promise(() => undefined) });
    await clock.advance(4000);
    expect(await answer).toBe(reason);
    expect(clock.pending).toBe(0);
  });
});

describe('calm lines', () => {
  it('lets a few lines a second through and counts the rest', async () => {
    const clock = new FakeClock();
    const written: string[] = [];
    const lines = new CalmLines({
      clock,
      write: line => written.push(line),
      summary: held => `${held} held`,
    });
    for (let line = 0; line < 10; line += 1) lines.add(String(line));
    expect(written).toEqual(['0', '1', '2', '3', '4', '5']);
    await clock.advance(1000);
    expect(written.at(-1)).toBe('4 held');
    lines.add('later');
    expect(written.at(-1)).toBe('later');
    await clock.advance(1000);
    expect(written.length).toBe(8);
  });

  it('says at once what was held back, before something more important', () => {
    const clock = new FakeClock();
    const written: string[] = [];
    const lines = new CalmLines({
      clock,
      write: line => written.push(line),
      summary: held => `${held} held`,
    });
    for (let line = 0; line < 8; line += 1) lines.add(String(line));
    lines.flush();
    lines.flush();
    expect(written.slice(6)).toEqual(['2 held']);
    lines.dispose();
    expect(clock.pending).toBe(0);
  });
});

describe('the rows of sessions', () => {
  const row = (session: FakeSession) => sessionRows(l10n, [session], NOW)[0]!;
  const mydb = { to: { host: 'mydb.example', port: 3306 }, localHost: 'localhost', localPort: 13_306 };

  it('show a shell with its age and bytes', () => {
    expect(row(new FakeSession('a'))).toMatchObject({
      label: 'web-1',
      description: '12 min · 41 KB',
      spoken: 'Shell web-1, 12 min · 41 KB',
      icon: { id: 'terminal' },
    });
  });

  it('show a forward with its connections', () => {
    const connections = { active: 2, total: 3, failed: 0 };
    const session = new FakeSession('a', { kind: 'forward', forward: { ...mydb, connections } });
    session.resumed = 1;
    expect(row(session)).toMatchObject({
      label: 'mydb:3306 → localhost:13306',
      description: '3 connections · 2 open · resumed once',
      icon: { id: 'arrow-swap' },
    });
    expect(row(session).spoken).toMatch(/^Forwarded port mydb:3306/);
  });

  it('count nothing where the official plugin carries it', () => {
    const session = new FakeSession('a', { kind: 'forward', forward: mydb });
    session.bytes = undefined;
    expect(row(session)).toMatchObject({ description: '12 min · session-manager-plugin' });
    expect(row(session).tooltip?.facts).toContainEqual(['Carried by', 'session-manager-plugin']);
  });

  it.each([
    ['stale', undefined, 'no answer', 'warning'],
    ['resuming', undefined, 'resuming', 'sync~spin'],
    ['resuming', new AppError('signed-out', 'over'), 'waiting for you to sign in', 'warning'],
    ['closing', undefined, 'ending', 'sync~spin'],
  ] as const)('say that one is %s', (phase, problem, words, icon) => {
    const session = new FakeSession('a');
    session.change(phase, problem);
    expect(row(session).description).toContain(words);
    expect(row(session).spoken).toContain(words);
    expect(row(session).icon.id).toBe(icon);
  });
});

describe('addresses of forwards', () => {
  it.each([
    ['127.0.0.1', true, 'localhost'],
    ['127.3.2.1', true, 'localhost'],
    ['::1', true, 'localhost'],
    ['localhost', true, 'localhost'],
    ['0.0.0.0', false, 'localhost'],
    ['::', false, 'localhost'],
    ['192.168.1.5', false, '192.168.1.5'],
  ])('%s', (host, loopback, dialled) => {
    expect(isLoopback(host)).toBe(loopback);
    expect(dialHost(host)).toBe(dialled);
  });

  it('are written as they are read', () => {
    expect(forwardToText({ port: 8080 })).toBe('8080');
    expect(forwardToText({ host: 'db', port: 1 })).toBe('db:1');
    expect(forwardToText({ host: 'fd00::1', port: 443 })).toBe('[fd00::1]:443');
  });

  it('lead through the documents of the settings, where there are any', () => {
    const own = { port: 'My-Port', remoteHost: '' };
    expect(forwardDocument({ port: 80 }, 1, own).documentName).toBe('My-Port');
    expect(forwardDocument({ host: 'db', port: 80 }, 1, own).documentName).toBe(
      'AWS-StartPortForwardingSessionToRemoteHost',
    );
  });
});

describe('forwards of before', () => {
  function memento(kept?: unknown) {
    const store = new Map<string, unknown>([['jitAccess.recentForwards', kept]]);
    const one = {
      get: (key: string) => store.get(key),
      update: async (key: string, value: unknown) => void store.set(key, structuredClone(value)),
    };
    const state = one as ConstructorParameters<typeof MementoStore>[0];
    return new RecentForwards(new MementoStore(state, 'jitAccess.recentForwards', new FakeClock()));
  }

  it('are offered per instance, newest first, each target once with its last port', () => {
    const recent = memento();
    recent.remember('a/r/i-1', { to: { port: 80 }, localPort: 8080 });
    recent.remember('a/r/i-1', { to: { host: 'db', port: 3306 }, localPort: 3306 });
    recent.remember('a/r/i-2', { to: { port: 80 }, localPort: 9000 });
    recent.remember('a/r/i-1', { to: { port: 80 }, localPort: 8081 });
    expect(recent.of('a/r/i-1').map(({ to, localPort }) => [to.host, to.port, localPort])).toEqual([
      [undefined, 80, 8081],
      ['db', 3306, 3306],
    ]);
    expect(recent.of('a/r/i-3')).toEqual([]);
  });

  it('are forgotten when told, and the oldest when there are many', () => {
    const recent = memento();
    for (let port = 1; port <= 12; port += 1)
      recent.remember('k', { to: { port }, localPort: 10_000 + port });
    expect(recent.of('k').map(({ to }) => to.port)).toEqual([12, 11, 10, 9, 8, 7, 6, 5]);
    recent.forget('k', { to: { port: 12 }, localPort: 0 });
    expect(recent.of('k')[0]?.to.port).toBe(11);
  });

  it.each([undefined, 'text', [1], [{ instanceKey: 'k', to: { port: 0 }, localPort: 1 }]])(
    'are none when what was kept is %j',
    kept => expect(memento(kept).of('k')).toEqual([]),
  );
});
