import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock';
import { silentLog } from '../../../src/base/log';
import type { CloseReason } from '../../../src/ssm/closeReason';
import { findOfficialPlugin } from '../../../src/ssm/officialPlugin';
import { PluginForward } from '../../../src/ssm/pluginForward';
import type { SessionControl } from '../../../src/ssm/sessionControl';

/** Says what it was given, then what the test wants, and waits. */
const STAND_IN = `
console.log('arguments ' + process.argv.slice(2).join(' '));
console.log('token ' + (process.env.AWS_SSM_START_SESSION_RESPONSE ?? 'none'));
process.stderr.write('half a line');
process.stdout.write('split ');
setTimeout(() => process.stdout.write('in two\\n'), 5);
process.on('SIGTERM', () => { if (process.argv[2] !== 'stubborn') process.exit(0); });
if (process.argv[2] === 'fail') setTimeout(() => process.exit(7), 20);
if (process.argv[2] === 'end') setTimeout(() => process.exit(0), 20);
setInterval(() => {}, 1000);
`;

describe('a forward carried by the official plugin', () => {
  let folder: string;
  let path: string;
  let terminated: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plugin-'));
    path = join(folder, 'session-manager-plugin');
    await writeFile(path, `#!${process.execPath}\n${STAND_IN}`, { mode: 0o755 });
    terminated = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  function start(args: string[], file = path) {
    const control: SessionControl = {
      ticket: { sessionId: 's', streamUrl: 'wss://x', token: 't' },
      targetId: 'i-1',
      resume: () => Promise.resolve(undefined),
      terminate: async () => void (terminated += 1),
      signUpgrade: () => Promise.resolve({}),
    };
    const forward = new PluginForward(
      control,
      { file, args, env: { AWS_SSM_START_SESSION_RESPONSE: 'the token' } },
      { localPort: 8080, env: process.env, clock: systemClock, log: silentLog },
    );
    const lines: string[] = [];
    const closed = new Promise<CloseReason>(resolve => forward.onDidClose(resolve));
    const until = (line: string) =>
      new Promise<void>(resolve => {
        forward.onDidLine(said => {
          lines.push(said);
          if (lines.includes(line)) resolve();
        });
      });
    return { forward, lines, closed, until };
  }

  it('passes its words on line by line, and the token through the environment', async () => {
    const { forward, until, lines } = start(['x', 'y']);
    await until('split in two');
    expect(lines).toContain('arguments x y');
    expect(lines).toContain('token the token');
    await forward.close({ kind: 'user' });
  });

  it('ends the session and the plugin when it is closed, once', async () => {
    const { forward, until, closed } = start(['x']);
    await until('split in two');
    await forward.close({ kind: 'grant-ended' });
    forward.dispose();
    expect(await closed).toEqual({ kind: 'grant-ended' });
    expect(terminated).toBe(1);
    expect(forward.phase).toBe('closed');
  });

  it.each([
    ['fail', { kind: 'plugin-exit', exitCode: 7 }],
    ['end', { kind: 'remote-exit' }],
  ])('ends with the plugin (%s), and the session with it', async (how, reason) => {
    const { closed } = start([how]);
    expect(await closed).toEqual(reason);
    expect(terminated).toBe(1);
  });

  it('says so when it cannot be run', async () => {
    const { closed } = start([], join(folder, 'nothing'));
    expect(await closed).toMatchObject({ kind: 'plugin-exit', message: expect.stringContaining('ENOENT') });
  });
});

describe('looking for the plugin', () => {
  it('takes the path that is given, and no other', async () => {
    await expect(findOfficialPlugin('/nowhere/plugin', { platform: 'linux' })).rejects.toMatchObject({
      code: 'plugin-missing',
      details: { path: '/nowhere/plugin' },
    });
  });
});
