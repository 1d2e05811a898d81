import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, parseOptions, UsageError } from '../../src/sandbox/options';

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

describe('the command line', () => {
  it('has defaults', () => {
    expect(parseOptions([])).toEqual(DEFAULT_OPTIONS);
  });

  it('takes every flag, in either spelling', () => {
    expect(
      parseOptions([
        '--port=4711',
        '--approve',
        'auto',
        '--grant-seconds',
        '20',
        '--propagation-seconds=0',
        '--instances',
        '10000',
        '--accounts=20',
      ]),
    ).toEqual({
      port: 4711,
      approve: 'auto',
      grantMs: 20_000,
      propagationMs: 0,
      fleetSize: 10_000,
      accounts: 20,
    });
  });

  it.each([
    [['--colour', 'red'], /Unknown option: --colour/],
    [['red'], /Unknown option: red/],
    [['--port'], /--port needs a value/],
    [['--port', '65536'], /from 0 to 65535/],
    [['--port', 'http'], /from 0 to 65535/],
    [['--approve', 'maybe'], /manual or auto/],
    [['--grant-seconds', '0'], /from 1 to/],
    [['--instances', '-1'], /from 0 to/],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe('the program', () => {
  let folder: string;
  let temporary: string;
  let program: string;

  beforeAll(async () => {
    // Inside the repository, so that the packages it leaves outside are found.
    await mkdir(join(REPOSITORY, 'out'), { recursive: true });
    folder = await mkdtemp(join(REPOSITORY, 'out', 'sandbox-program-'));
    temporary = await mkdtemp(join(tmpdir(), 'sandbox-program-'));
    program = join(folder, 'sandbox.mjs');
    await build({
      absWorkingDir: REPOSITORY,
      entryPoints: ['src/sandbox/main.ts'],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
    });
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(temporary, { recursive: true, force: true });
  });

  function run(args: readonly string[]) {
    const child: ChildProcess = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const closed = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
    return { child, closed };
  }

  async function ready(child: ChildProcess): Promise<Record<string, string>> {
    if (child.stdout === null) throw new Error('No stdout');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { ready: isReady, env } = JSON.parse(line) as { ready: boolean; env: Record<string, string> };
    expect(isReady).toBe(true);
    return env;
  }

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is ready with all a client needs, and leaves nothing on %s',
    async signal => {
      const { child, closed } = run(['--port', '0']);
      const env = await ready(child);
      expect(Object.keys(env).sort()).toEqual([
        'AWS_CONFIG_FILE',
        'AWS_ENDPOINT_URL',
        'AWS_REGION',
        'AWS_SHARED_CREDENTIALS_FILE',
        'SANDBOX_URL',
        'SYM_API_URL',
        'SYM_AUDIENCE',
        'SYM_AUTH_URL',
        'SYM_JWT',
        'SYM_ORG',
      ]);
      expect(existsSync(env['AWS_CONFIG_FILE'] ?? '')).toBe(true);
      expect((await fetch(`${env['SANDBOX_URL']}/_sandbox/`)).status).toBe(200);
      child.kill(signal);
      const { code, stdout } = await closed;
      expect(code).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(1);
      expect(await readdir(temporary)).toEqual([]);
    },
  );

  it('says what is wrong with its flags', async () => {
    const { code, stdout, stderr } = await run(['--approve', 'maybe']).closed;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--approve takes manual or auto, not "maybe"');
    expect(stderr).toContain('Usage: sandbox');
  });

  it('says when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const { code, stderr } = await run(['--port', String(port)]).closed;
      expect(code).toBe(1);
      expect(stderr).toContain(`Port ${port} of 127.0.0.1 is already in use.`);
      expect(await readdir(temporary)).toEqual([]);
    } finally {
      taken.close();
    }
  });
});
