import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { officialPluginCommand, probeOfficialPlugin } from '../../../src/ssm/officialPlugin';

const ticket = { sessionId: 'sam-0123', streamUrl: 'wss://stream', token: 'secret-token' };

describe('the official plugin', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A program in the plugin's place. */
  async function program(script: string): Promise<string> {
    const path = join(folder, 'session-manager-plugin');
    await writeFile(path, `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
    return path;
  }

  it('is probed for its version', async () => {
    const path = await program("console.log(process.argv[2] === '--version' ? '1.2.677.0' : 'no')");
    expect(await probeOfficialPlugin(path)).toEqual({ path, version: '1.2.677.0' });
  });

  it.each([
    ['too old to take the token through the environment', "console.log('1.2.497.0')"],
    ['another program', "console.log('hello')"],
    ['one that fails', 'process.exit(3)'],
  ])('is refused when it is %s', async (_, script) => {
    await expect(probeOfficialPlugin(await program(script))).rejects.toMatchObject({
      code: 'plugin-missing',
    });
  });

  it('is missed when it is not there', async () => {
    await expect(probeOfficialPlugin(join(folder, 'nothing'))).rejects.toMatchObject({
      code: 'plugin-missing',
    });
  });

  it('gets six arguments, and the token through the environment only', async () => {
    const path = await program(
      'console.log(JSON.stringify({ args: process.argv.slice(2), response: process.env[process.argv[2]] }))',
    );
    const command = officialPluginCommand(
      { path, version: '1.2.677.0' },
      {
        ticket,
        region: 'us-east-1',
        profile: 'frontend-ssh',
        request: {
          Target: 'i-1',
          DocumentName: 'AWS-StartPortForwardingSession',
          Parameters: { portNumber: ['80'] },
        },
        endpointUrl: 'https://ssm.us-east-1.amazonaws.com',
      },
    );
    const { stdout } = await promisify(execFile)(command.file, [...command.args], {
      env: { ...process.env, ...command.env },
    });
    const { args, response } = JSON.parse(stdout) as { args: string[]; response: string };
    expect(args).toEqual([
      'AWS_SSM_START_SESSION_RESPONSE',
      'us-east-1',
      'StartSession',
      'frontend-ssh',
      '{"Target":"i-1","DocumentName":"AWS-StartPortForwardingSession","Parameters":{"portNumber":["80"]}}',
      'https://ssm.us-east-1.amazonaws.com',
    ]);
    expect(args.join(' ')).not.toContain(ticket.token);
    expect(JSON.parse(response)).toEqual({
      SessionId: 'sam-0123',
      TokenValue: 'secret-token',
      StreamUrl: 'wss://stream',
    });
  });
});
