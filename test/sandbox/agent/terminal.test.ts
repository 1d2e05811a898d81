import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayFixture } from './support/gatewayFixture';
import { ManualClock } from './support/manualClock';

/** A process that has ended but was not waited for still has a folder. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/i.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

function numberAfter(text: string, label: string): number {
  return Number(new RegExp(`${label}=(\\d+)`).exec(text)?.[1]);
}

describe('agent: shell in a pseudo-terminal', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  it('answers as ssm-user on the instance, without any variable of the sandbox', async () => {
    vi.stubEnv('SYM_JWT', 'must-not-leak');
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open();
    await client.untilText('sh-4.2$ ');
    expect(client.messages[0]?.payloadType).toBe(1);
    client.write('whoami; hostname; id -un; echo "[$HOSTNAME|$TERM|${SYM_JWT-none}]"\r');
    const text = await client.untilText('|none]');
    expect(text).toContain('ssm-user\r\nip-10-0-1-17.ec2.internal\r\nssm-user\r\n');
    expect(text).toContain('[ip-10-0-1-17.ec2.internal|xterm-256color|none]');
    expect(text).not.toContain('must-not-leak');
  });

  it('follows the size of the client and survives sizes that make no sense', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open();
    client.resize(132, 43);
    client.write('stty size\r');
    await client.untilText('43 132');
    client.send(3, '{"cols":-1,"rows":"x"}');
    client.send(3, 'not json');
    client.write('stty size; echo still\r');
    await client.untilText('43 132\r\nstill');
  });

  it('lets Ctrl-C interrupt what runs', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open();
    client.write(`sh -c 'echo be""gin; exec cat'; echo not""reached\r`);
    await client.untilText('begin\r\n');
    client.write('ping\r');
    // Once by the terminal's echo, once by the program: so it runs.
    await client.untilText('ping\r\nping\r\n');
    client.write('\x03');
    await client.untilText(/\^C[^$]*sh-4\.2\$ /);
    client.write('echo alive$((40+2))\r');
    const text = await client.untilText('alive42');
    expect(text).not.toContain('notreached');
  });

  it('ends the session when the shell exits, after all of its output', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    client.write('seq 1 60000; exit\r');
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.Output).toBe('');
    expect(client.text()).toContain('59999\r\n60000\r\n');
    expect(fixture.registry.find(sessionId)).toMatchObject({ status: 'Terminated', endReason: 'agent' });
  });

  it('holds the program back while the client acknowledges nothing, and loses nothing', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open();
    await client.untilText('sh-4.2$ ');
    client.acknowledging = false;
    const oldest = client.messages.length;
    client.write('seq 1 200000; exit\r');
    const streams = () => client.frames.filter(({ type }) => type === 'output_stream_data');
    await client.until(() => streams().at(-1)!.sequence >= oldest + 1_023);
    // The oldest is sent again and again; the window stays shut.
    await client.until(() => streams().filter(({ sequence }) => sequence === oldest).length > 2);
    expect(Math.max(...streams().map(({ sequence }) => sequence))).toBe(oldest + 1_023);
    const missed = [...new Map(streams().map(frame => [frame.sequence, frame])).values()];
    client.acceptLate(missed);
    client.acknowledging = true;
    await client.until(() => client.closed !== undefined);
    const lines = client.text().match(/^\d+\r$/gm) ?? [];
    expect(lines).toHaveLength(200_000);
  });

  it('keeps a character whole across messages and replaces bytes that are no text', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open({
      sessionType: 'InteractiveCommands',
      properties: { command: `printf 'x%.0s' $(seq 1022); printf '\\342\\202\\254 \\377.'` },
    });
    await client.until(() => client.closed !== undefined);
    expect(client.text()).toBe(`${'x'.repeat(1022)}€ \ufffd.`);
    for (const { payload } of client.messages) expect(payload.toString('utf8')).not.toMatch(/\ufffd(?!\.)/);
  });

  it('runs an interactive command in a terminal and ends with it', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open({
      name: 'AWS-StartInteractiveCommand',
      sessionType: 'InteractiveCommands',
      properties: { command: 'test -t 0 && echo terminal; read line; echo "got $line"' },
    });
    await client.untilText('terminal');
    client.write('hello\r');
    await client.until(() => client.closed !== undefined);
    expect(client.text()).toContain('got hello\r\n');
  });

  it('lets Ctrl-C end an interactive command', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open({
      sessionType: 'InteractiveCommands',
      properties: { command: 'cat; echo end' },
    });
    client.write('ping\r');
    await client.untilText('ping\r\nping\r\n');
    client.write('\x03');
    await client.until(() => client.closed !== undefined);
    expect(client.text()).not.toContain('end');
  });

  it('types the shell profile of the preferences', async () => {
    fixture = await GatewayFixture.start();
    const { client } = await fixture.open({}, { preferences: { shellProfile: 'cd /; echo profile-$PWD' } });
    await client.untilText('profile-/\r\n');
  });

  it('leaves no process behind, not even one that left its process group', async () => {
    fixture = await GatewayFixture.start();
    const { client, sessionId } = await fixture.open();
    client.write('nohup sleep 901 >/dev/null 2>&1 & echo A=$! S=$$\r');
    await client.untilText(/A=\d+ S=\d+\r\n/);
    client.write(`setsid sh -c 'echo B=$$; exec sleep 902' &\r`);
    const text = await client.untilText(/B=\d+\r\n/);
    const pids = [numberAfter(text, 'A'), numberAfter(text, 'B'), numberAfter(text, 'S')];
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    fixture.registry.terminate(sessionId, 'user');
    await client.until(() => client.closed !== undefined);
    await fixture.gateway.dispose();
    expect(pids.map(isRunning)).toEqual([false, false, false]);
  });

  it('keeps files of an instance from one session to the next, and removes them in the end', async () => {
    fixture = await GatewayFixture.start();
    const first = await fixture.open();
    first.client.write('echo kept > note; echo HOME=$HOME; exit\r');
    await first.client.until(() => first.client.closed !== undefined);
    const home = /HOME=(\/\S+)/.exec(first.client.text())![1]!;
    const second = await fixture.open();
    second.client.write('cat note\r');
    await second.client.untilText('kept\r\n');
    await fixture.gateway.dispose();
    await fixture.agents.dispose();
    expect(existsSync(home)).toBe(false);
  });

  it('ends on the TerminateSession flag, which old agents do not know', async () => {
    fixture = await GatewayFixture.start();
    const modern = await fixture.open();
    modern.client.flag(2);
    await modern.client.until(() => modern.client.closed !== undefined);
    expect(modern.client.unacknowledged.size).toBe(0);

    const old = await fixture.open({}, { faults: { agent: { version: '2.3.722.0' } } });
    old.client.flag(2);
    old.client.write('echo still""here\r');
    await old.client.untilText('stillhere');
    expect(old.client.closed).toBeUndefined();
  });

  it('waits a second before the first output when paced as the real agent', async () => {
    const clock = new ManualClock();
    fixture = await GatewayFixture.start({ clock });
    const { client } = await fixture.open(
      { sessionType: 'InteractiveCommands', properties: { command: 'seq 1 2000' } },
      { faults: { agent: { paced: true } } },
    );
    client.resize(80, 24);
    await client.until(() => client.unacknowledged.size === 0);
    clock.advance(999);
    client.resize(81, 24);
    await client.until(() => client.unacknowledged.size === 0);
    expect(client.output.length).toBe(0);
    clock.advance(1);
    await client.until(() => client.messages.length === 1);
    // One message per millisecond: the next one waits for the clock.
    clock.advance(1);
    await client.until(() => client.messages.length === 2);
    while (client.closed === undefined) {
      const seen = client.frames.length;
      clock.advance(1);
      await Promise.race([client.until(() => client.frames.length > seen), new Promise(setImmediate)]);
    }
    expect(client.text().match(/^\d+\r$/gm)).toHaveLength(2_000);
  });
});
