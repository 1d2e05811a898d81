import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/base/errors';
import { silentLog } from '../../../src/base/log';
import { ShellSession } from '../../../src/ssm/shellSession';
import { encodeClientMessage, MessageFlags, newMessageId } from '../../../src/ssm/wire/clientMessage';
import { SimulatedSession } from '../../support/ssm/simulatedSession';
import { turn } from '../../support/ssm/testClock';

const MINUTE = 60_000;

function serviceMessage(type: string, body: object): Uint8Array {
  return encodeClientMessage({
    messageType: type,
    schemaVersion: 1,
    createdDate: 1_700_000_000_000,
    sequenceNumber: 0,
    flags: MessageFlags.SynFin,
    messageId: newMessageId(),
    payloadType: 0,
    payload: Buffer.from(JSON.stringify(body)),
  });
}

describe('a session that loses its socket', () => {
  it('resumes at once, with a fresh token and the same client id, and loses nothing', async () => {
    const run = await new SimulatedSession().open();
    run.service.closeSocket();
    run.session.write('while away');
    run.agent.write(Buffer.from('said meanwhile'));
    await run.clock.advance(1500);
    expect(run.phaseNames).toEqual(['connected', 'resuming', 'connected']);
    expect([run.typed, run.output]).toEqual(['while away', '$ said meanwhile']);
    expect(run.service.calls).toEqual(['resume']);
    const [first, second] = run.service.opened;
    expect(second!.ClientId).toBe(first!.ClientId);
    expect(second!.TokenValue).not.toBe(first!.TokenValue);
    expect(second!.RequestId).not.toBe(first!.RequestId);
  });

  it('notices a silent service in under 30 seconds, and shows it as stale before', async () => {
    const run = await new SimulatedSession({ blackouts: [{ at: 0, lastsMs: MINUTE }] }).open();
    const start = run.clock.now();
    await run.clock.advance(30_000);
    expect(run.phaseNames.slice(0, 3)).toEqual(['connected', 'stale', 'resuming']);
    expect(run.phases[2]!.at - start).toBeLessThan(30_000);
    await run.clock.advance(2 * MINUTE);
    expect(run.session.phase).toBe('connected');
  });

  it('keeps trying for hours, not too fast and not too slowly', async () => {
    const lasts = 3 * 60 * MINUTE;
    const run = await new SimulatedSession({ blackouts: [{ at: 0, lastsMs: lasts }] }).open();
    await run.clock.advance(lasts - 1000);
    expect(run.session.phase).toBe('resuming');
    const tries = run.service.calls.length;
    expect(tries).toBeGreaterThan(lasts / 20_000);
    expect(tries).toBeLessThan(lasts / 7000);
    await run.clock.advance(20_000);
    expect(run.session.phase).toBe('connected');
  });

  it('opens a new socket at once after the machine was suspended', async () => {
    const run = await new SimulatedSession().open();
    run.clock.jump(8 * 60 * MINUTE);
    await run.clock.advance(100);
    expect(run.service.calls).toEqual(['resume']);
    expect(run.session.phase).toBe('connected');
  });

  it('tries at once when it is told to, however long the wait had become', async () => {
    const run = await new SimulatedSession({ blackouts: [{ at: 0, lastsMs: 10 * MINUTE }] }).open();
    await run.clock.advance(10 * MINUTE - 500);
    while (run.service.calls.length < 30) await run.clock.advance(100);
    await run.clock.advance(600);
    const before = run.service.calls.length;
    if (run.session.phase !== 'connected') {
      run.session.retryNow();
      await run.clock.advance(100);
      expect(run.service.calls.length).toBe(before + 1);
    }
    expect(run.session.phase).toBe('connected');
  });

  it('pings every 15 seconds while all is quiet', async () => {
    const run = await new SimulatedSession().open();
    let pings = 0;
    const ping = run.service.ping.bind(run.service);
    run.service.ping = socket => {
      pings++;
      ping(socket);
    };
    await run.clock.advance(5 * MINUTE);
    expect(pings).toBeGreaterThanOrEqual(14);
    expect(pings).toBeLessThanOrEqual(21);
    expect(run.phaseNames).toEqual(['connected']);
  });
});

describe('a session whose control plane says no', () => {
  it.each([
    ['access-denied', 'access-revoked'],
    ['role-not-assigned', 'access-revoked'],
    ['no-grant', 'grant-ended'],
    ['endpoint-refused', 'protocol-error'],
    ['target-not-found', 'target-stopped'],
  ] as const)('%s ends it as %s, once, terminated', async (code, kind) => {
    const run = await new SimulatedSession().open();
    run.service.onResume = async () => {
      throw new AppError(code, 'in the words of AWS');
    };
    run.service.closeSocket();
    await run.clock.advance(MINUTE);
    expect(run.closes).toEqual([{ kind, message: 'in the words of AWS' }]);
    expect(run.service.calls).toEqual(['resume', 'terminate']);
  });

  it('asks for a sign-in before it gives up, and goes on after it', async () => {
    const run = await new SimulatedSession().open();
    run.service.onResume = async () => {
      throw new AppError('signed-out', 'The SSO session is over');
    };
    run.service.closeSocket();
    await run.clock.advance(10 * MINUTE);
    expect(run.phases.at(-1)).toMatchObject({ phase: 'resuming', problem: { code: 'signed-out' } });
    run.service.onResume = undefined;
    run.session.retryNow();
    await run.clock.advance(200);
    expect(run.session.phase).toBe('connected');
  });

  it('ends as credentials-expired when nobody signs in', async () => {
    const run = await new SimulatedSession().open();
    run.service.onResume = async () => {
      throw new AppError('credentials-expired', 'expired');
    };
    run.service.closeSocket();
    await run.clock.advance(25 * MINUTE);
    expect(run.closes).toEqual([{ kind: 'credentials-expired', message: 'expired' }]);
  });

  it('ends when there is no token any more, and asks why', async () => {
    const run = new SimulatedSession();
    run.service.explainEnd = async () => ({ kind: 'target-stopped', message: 'web-1 was stopped' });
    await run.open();
    run.service.endSession();
    run.service.closeSocket();
    await run.clock.advance(1000);
    expect(run.closes).toEqual([{ kind: 'target-stopped', message: 'web-1 was stopped' }]);
  });

  it('does not wait for ever for an answer', async () => {
    const run = await new SimulatedSession().open();
    run.service.onResume = () => new Promise(() => undefined);
    run.service.closeSocket();
    await run.clock.advance(25_000);
    run.service.onResume = undefined;
    await run.clock.advance(25_000);
    expect(run.session.phase).toBe('connected');
  });
});

describe('a session whose agent falls silent', () => {
  it('is stale after ten seconds and over after five minutes, unless nothing was sent', async () => {
    const run = await new SimulatedSession().open();
    run.agentLives = false;
    await run.clock.advance(10 * MINUTE);
    expect(run.phaseNames).toEqual(['connected']);
    run.session.write('hello?');
    await run.clock.advance(16_000);
    expect(run.session.phase).toBe('stale');
    await run.clock.advance(5 * MINUTE);
    expect(run.closes).toEqual([
      { kind: 'agent-gone', message: 'The agent on the instance does not answer.' },
    ]);
  });

  it('is connected again with its next word', async () => {
    const run = await new SimulatedSession().open();
    run.agentLives = false;
    run.session.write('hello?');
    await run.clock.advance(30_000);
    expect(run.session.phase).toBe('stale');
    run.agentLives = true;
    await run.clock.advance(10_000);
    expect(run.session.phase).toBe('connected');
    expect(run.typed).toBe('hello?');
  });
});

describe('the end of a session', () => {
  it.each([
    ['', 'remote-exit'],
    ['Your session timed out due to inactivity and has been terminated.', 'idle-timeout'],
    ['The session reached its maximum duration.', 'max-duration'],
    ['The target instance was stopped.', 'target-stopped'],
    ['Access to the session was revoked.', 'access-revoked'],
    ['Something else happened', 'service'],
  ] as const)('channel_closed with %j is %s', async (output, kind) => {
    const run = await new SimulatedSession().open();
    run.service.sendToClient(serviceMessage('channel_closed', { Output: output, SessionId: 'session-1' }));
    await run.clock.advance(100);
    expect(run.closes).toEqual([output === '' ? { kind } : { kind, message: output }]);
    expect(run.service.calls).toEqual(['terminate']);
    expect(run.session.phase).toBe('closed');
  });

  it('has the first reason only, however many there are', async () => {
    const run = await new SimulatedSession().open();
    const closing = run.session.close({ kind: 'grant-ended' });
    void run.session.close({ kind: 'user' });
    run.service.closeSocket();
    run.session.dispose();
    await run.clock.advance(1000);
    await closing;
    expect(run.closes).toEqual([{ kind: 'grant-ended' }]);
    expect(run.session.closeReason).toEqual({ kind: 'grant-ended' });
    expect(run.service.calls).toEqual(['terminate']);
  });

  it('does not wait long for TerminateSession', async () => {
    const run = new SimulatedSession();
    const control = { ...run.service.control(), terminate: () => new Promise<void>(() => undefined) };
    const session = new ShellSession(control, {
      connect: run.service.connect,
      clock: run.clock,
      log: silentLog,
    });
    const opening = session.open({ cols: 80, rows: 24 });
    await run.clock.advance(1000);
    await opening;
    let closed = false;
    void session.close({ kind: 'user' }).then(() => (closed = true));
    await run.clock.advance(2900);
    expect(closed).toBe(false);
    await run.clock.advance(200);
    expect(closed).toBe(true);
  });

  it('comes in the middle of resuming too', async () => {
    const run = await new SimulatedSession({ blackouts: [{ at: 0, lastsMs: 10 * MINUTE }] }).open();
    await run.clock.advance(MINUTE);
    expect(run.session.phase).toBe('resuming');
    void run.session.close({ kind: 'user' });
    const tries = run.service.calls.filter(call => call === 'resume').length;
    await run.clock.advance(10 * MINUTE);
    expect(run.service.calls.filter(call => call === 'resume').length).toBe(tries);
    expect(run.closes).toEqual([{ kind: 'user' }]);
  });

  it('leaves no timer behind', async () => {
    const run = await new SimulatedSession().open();
    run.session.write('x');
    await run.session.close({ kind: 'user' });
    await run.clock.advance(MINUTE);
    expect(run.clock.nextAt).toBeUndefined();
  });
});

describe('the start of a session', () => {
  it('fails in the words of the control plane when the upgrade is refused', async () => {
    const run = new SimulatedSession();
    const session = new ShellSession(run.service.control(), {
      connect: async () => {
        throw new AppError('access-denied', 'HTTP 403');
      },
      clock: run.clock,
      log: silentLog,
    });
    const closes: unknown[] = [];
    session.onDidClose(reason => closes.push(reason));
    await expect(session.open({ cols: 80, rows: 24 })).rejects.toMatchObject({ code: 'access-denied' });
    expect(closes).toEqual([{ kind: 'start-failed', message: 'HTTP 403' }]);
    expect(run.service.calls).toEqual(['terminate']);
  });

  it('fails when no agent answers in time', async () => {
    const run = new SimulatedSession();
    run.agentLives = false;
    const failure = run.session.open({ cols: 80, rows: 24 }).catch((error: unknown) => error);
    await run.clock.advance(31_000);
    expect(await failure).toMatchObject({ code: 'target-not-connected' });
    expect(run.closes).toMatchObject([{ kind: 'start-failed' }]);
    expect(run.service.calls).toEqual(['terminate']);
  });

  it('can be cancelled', async () => {
    const run = new SimulatedSession();
    const abort = new AbortController();
    const failure = run.session
      .open({ cols: 80, rows: 24 }, { signal: abort.signal })
      .catch((error: unknown) => error);
    await run.clock.advance(3);
    abort.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
    expect(run.closes).toEqual([{ kind: 'user' }]);
    expect(run.service.calls).toEqual(['terminate']);
  });

  it('does without a handshake when an agent is there and silent', async () => {
    const run = new SimulatedSession();
    run.service.onFirstOpen = () => undefined;
    let opened = false;
    void run.session.open({ cols: 80, rows: 24 }).then(() => (opened = true));
    await run.clock.advance(1500);
    expect(opened).toBe(false);
    await run.clock.advance(1500);
    expect(opened).toBe(true);
    run.session.write('\x03');
    await run.clock.advance(100);
    expect(run.typed).toBe('\x03');
  });

  it('ends well when the command is over before it has said anything', async () => {
    const run = new SimulatedSession();
    run.service.onFirstOpen = () =>
      run.service.sendToClient(serviceMessage('channel_closed', { Output: '', SessionId: 'session-1' }));
    const opening = run.session.open({ cols: 80, rows: 24 });
    await run.clock.advance(1000);
    await opening;
    expect(run.closes).toEqual([{ kind: 'remote-exit' }]);
  });
});

describe('messages of the service', () => {
  it('that speak to the agent change nothing', async () => {
    const run = await new SimulatedSession().open();
    for (const type of ['pause_publication', 'start_publication', 'of_the_future'])
      run.service.sendToClient(serviceMessage(type, { SessionId: 'session-1' }));
    run.session.write('still here');
    await run.clock.advance(500);
    expect(run.typed).toBe('still here');
    expect(run.phaseNames).toEqual(['connected']);
  });

  it('that make no sense end the session only when there is nothing else', async () => {
    const run = await new SimulatedSession().open();
    for (let count = 0; count < 20; count++) run.service.sendToClient(Buffer.alloc(50));
    run.agent.write(Buffer.from('sense'));
    await run.clock.advance(100);
    expect(run.output).toBe('$ sense');
    for (let count = 0; count < 40; count++) run.service.sendToClient(Buffer.alloc(50));
    await run.clock.advance(100);
    await turn();
    expect(run.closes).toMatchObject([{ kind: 'protocol-error' }]);
  });
});
