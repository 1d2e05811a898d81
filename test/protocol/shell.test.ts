import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import type { CloseReason } from '../../src/ssm/closeReason';
import { ShellSession } from '../../src/ssm/shellSession';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import { GatewayFixture } from '../sandbox/agent/support/gatewayFixture';
import { SandboxControl } from '../support/ssm/sandboxControl';

const deps = { connect: webSocketTransport({ env: {} }), clock: systemClock, log: silentLog };

/** Collects a session's output and waits for words in it. */
function watch(session: ShellSession) {
  let text = '';
  let errors = '';
  const waiters = new Set<() => void>();
  session.onDidOutput(data => {
    text += Buffer.from(data).toString('utf8');
    for (const waiter of waiters) waiter();
  });
  session.onDidErrorOutput(data => (errors += Buffer.from(data).toString('utf8')));
  const closed = new Promise<CloseReason>(resolve => session.onDidClose(resolve));
  return {
    closed,
    text: () => text,
    errors: () => errors,
    until: (pattern: RegExp) =>
      new Promise<string>(resolve => {
        const check = () => {
          if (!pattern.test(text)) return;
          waiters.delete(check);
          resolve(text);
        };
        waiters.add(check);
        check();
      }),
  };
}

describe('a shell on the sandbox', () => {
  let fixture: GatewayFixture;
  beforeEach(async () => {
    fixture = await GatewayFixture.start();
  });
  afterEach(() => fixture.dispose());

  it('runs commands, follows the size, passes Ctrl-C and ends with exit', async () => {
    const control = new SandboxControl(fixture);
    const session = new ShellSession(control, deps);
    const seen = watch(session);
    await session.open({ cols: 97, rows: 31 });
    expect(session.phase).toBe('connected');
    session.write('stty size; echo mark-$((40+2))\r');
    await seen.until(/mark-42/);
    expect(seen.text()).toMatch(/31 97/);
    session.resize(120, 40);
    session.write('stty size; echo again-$((40+2))\r');
    await seen.until(/40 120[^]*again-42/);
    // The words come from the foreground job itself, so it is there to be interrupted.
    session.write("sh -c 'echo started-$((2+3)); exec sleep 600'\r");
    await seen.until(/started-5/);
    session.write('\x03');
    session.write('echo after-$((1+1))\r');
    await seen.until(/after-2/);
    session.write('exit\r');
    expect(await seen.closed).toMatchObject({ kind: 'remote-exit' });
    expect(session.phase).toBe('closed');
    expect(control.calls).toEqual(['terminate']);
  });

  it('is terminated on the node when the user closes it', async () => {
    const control = new SandboxControl(fixture);
    const session = new ShellSession(control, deps);
    const seen = watch(session);
    await session.open({ cols: 80, rows: 24 });
    await session.close({ kind: 'user' });
    expect(await seen.closed).toEqual({ kind: 'user' });
    expect(control.calls).toEqual(['terminate']);
    expect(fixture.registry.find(control.ticket.sessionId)?.status).toBe('Terminated');
  });

  it('reports output, errors and exit status of a separated command', async () => {
    const control = new SandboxControl(fixture, {
      name: 'AWS-StartNonInteractiveCommand',
      sessionType: 'NonInteractiveCommands',
      properties: { command: 'echo out; echo err >&2; exit 7', separateOutputStream: 'True' },
    });
    const session = new ShellSession(control, deps);
    const seen = watch(session);
    await session.open({ cols: 80, rows: 24 });
    expect(await seen.closed).toMatchObject({ kind: 'remote-exit', exitCode: 7 });
    expect(seen.text()).toBe('out\n');
    expect(seen.errors()).toBe('err\n');
  });

  it('reports a command whose output is not separated, without an exit status', async () => {
    const control = new SandboxControl(fixture, {
      name: 'AWS-StartNonInteractiveCommand',
      sessionType: 'NonInteractiveCommands',
      properties: { command: 'echo out; echo err >&2; exit 7' },
    });
    const session = new ShellSession(control, deps);
    const seen = watch(session);
    await session.open({ cols: 80, rows: 24 });
    expect(await seen.closed).toEqual({ kind: 'remote-exit' });
    expect(seen.text().split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(seen.errors()).toBe('');
  });

  it.each(['AWS-StartInteractiveCommand', 'Acme-DebugConsole'])(
    'runs the interactive command of %s in a terminal, and ends with it',
    async name => {
      const control = new SandboxControl(fixture, {
        name,
        sessionType: 'InteractiveCommands',
        properties: { command: 'stty size; read line; echo "got $line"' },
      });
      const session = new ShellSession(control, deps);
      const seen = watch(session);
      await session.open({ cols: 97, rows: 31 });
      session.write('an answer\r');
      expect(await seen.closed).toEqual({ kind: 'remote-exit' });
      expect(seen.text()).toContain('got an answer\r\n');
    },
  );

  it('survives a socket that is cut in the middle of a paste', async () => {
    const control = new SandboxControl(fixture);
    const session = new ShellSession(control, deps);
    const phases: string[] = [];
    session.onDidChangePhase(change => phases.push(change.phase));
    const seen = watch(session);
    await session.open({ cols: 80, rows: 24 });
    session.write('stty -echo; cat > pasted; sha256sum < pasted; wc -c < pasted\r');
    session.write('line of a paste\r'.repeat(500));
    fixture.gateway.breakSocket(control.ticket.sessionId);
    session.write('line of a paste\r'.repeat(500));
    session.write('\x04');
    await seen.until(/\b16000\b/);
    expect(phases).toEqual(['connected', 'resuming', 'connected']);
    expect(control.calls).toEqual(['resume']);
    await session.close({ kind: 'user' });
  });
});
