import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStoredToken, writeStoredToken } from '../../../src/sym/storedSymToken';
import { findSymToken, symflowConfigPath, type SymTokenDeps } from '../../../src/sym/symToken';

const NOW = Date.UTC(2026, 0, 15, 14, 0, 0);
const none = () => Promise.resolve(undefined);

describe('findSymToken', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'jit-sym-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const find = (deps: Partial<SymTokenDeps> = {}) =>
    findSymToken({ env: {}, secret: none, now: () => NOW, home, ...deps });
  const leave = async (text: string, env: Record<string, string> = {}) => {
    const path = symflowConfigPath({ env, home });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  // As the CLI writes it, by Python's YAML library.
  const left = [
    'auth_token:',
    '  access_token: left.behind-token_1',
    '  expires_in: 86400',
    '  scope: login:cli',
    '  token_type: Bearer',
    'client_id: Pq3',
    'email: sam@myco.example',
    'org: acme',
    '',
  ].join('\n');

  it('prefers the environment, then the secret, then what symflow left', async () => {
    await leave(left);
    const env = { SYM_JWT: ' from-env ' };
    const secret = () => Promise.resolve(writeStoredToken({ token: 'pasted' }));
    expect(await find({ env, secret })).toEqual({ token: 'from-env', source: 'environment' });
    expect(await find({ secret })).toEqual({ token: 'pasted', source: 'secret' });
    expect(await find()).toEqual({ token: 'left.behind-token_1', source: 'symflow' });
  });

  it.each([
    ['double quotes', 'auth_token: {access_token: "left\\x2ebehind"}', 'left.behind'],
    ['single quotes', "auth_token:\n  access_token: 'left.behind'\n", 'left.behind'],
    [
      'a folded block, as a long value may be written',
      'auth_token:\n  access_token: >-\n    left.behind\n',
      'left.behind',
    ],
    ['a comment behind it', 'auth_token:\n  access_token: left.behind # of today\n', 'left.behind'],
  ])('reads YAML with %s', async (_, text, token) => {
    await leave(text);
    expect(await find()).toEqual({ token, source: 'symflow' });
  });

  it('looks past a sign-in whose time is over, and tells when another will be', async () => {
    await leave(left);
    const secret = (expiresAt: number) => () =>
      Promise.resolve(writeStoredToken({ token: 'signed-in', expiresAt, organization: 'acme' }));
    expect(await find({ secret: secret(NOW + 1) })).toEqual({
      token: 'signed-in',
      source: 'secret',
      expiresAt: NOW + 1,
    });
    expect(await find({ secret: secret(NOW) })).toMatchObject({ source: 'symflow' });
  });

  it('looks under XDG_CONFIG_HOME, unless that is relative', async () => {
    const env = { XDG_CONFIG_HOME: join(home, 'xdg') };
    await leave(left, env);
    expect(await find({ env })).toMatchObject({ source: 'symflow' });
    expect(symflowConfigPath({ env: { XDG_CONFIG_HOME: 'xdg' }, home })).toBe(
      join(home, '.config/symflow/default/config.yml'),
    );
  });

  it('finds nothing where nothing is, and where somebody is signed out', async () => {
    expect(await find()).toBeUndefined();
    for (const text of ['', 'org: acme\n', 'auth_token:\norg: acme\n']) {
      await leave(text);
      expect(await find()).toBeUndefined();
    }
  });

  it.each([
    ['no YAML', 'auth_token: {access_token: left-behind'],
    ['another shape', 'auth_token: left-behind'],
    ['a token that is a number', 'auth_token: {access_token: 12}'],
    ['a list', '- left-behind'],
  ])('says that the file is broken, without quoting it: %s', async (_name, text) => {
    await leave(text);
    const failure = await find().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: 'config-invalid',
      details: { path: symflowConfigPath({ env: {}, home }), broker: 'sym' },
    });
    expect(JSON.stringify(failure)).not.toContain('left-behind');
    expect(String(failure)).not.toContain('left-behind');
  });

  it('says that the file cannot be read', async () => {
    await mkdir(symflowConfigPath({ env: {}, home }), { recursive: true });
    await expect(find()).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('a stored token', () => {
  it('is read as it was written', () => {
    const stored = { token: 'a.b.c', expiresAt: NOW, organization: 'acme' };
    expect(readStoredToken(writeStoredToken(stored))).toEqual(stored);
    expect(readStoredToken(writeStoredToken({ token: 'a.b.c' }))).toEqual({ token: 'a.b.c' });
  });

  it.each([
    ['nothing', undefined, undefined],
    ['spaces', '  ', undefined],
    ['a bare text', ' a.b.c ', { token: 'a.b.c' }],
    ['broken JSON', '{"token":"a.b.c"', undefined],
    ['another shape', '{"token":""}', undefined],
  ])('may be %s', (_, secret, stored) => {
    expect(readStoredToken(secret)).toEqual(stored);
  });
});
