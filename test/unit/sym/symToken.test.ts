import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSymToken, symflowConfigPath } from '../../../src/sym/symToken';

/** JSON is YAML, so the parser need not be one of YAML for these. */
const parseYaml = (text: string): unknown => JSON.parse(text);
const none = () => Promise.resolve(undefined);

describe('findSymToken', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'jit-sym-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const leave = async (text: string, env: Record<string, string> = {}) => {
    const path = symflowConfigPath({ env, home });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  const left = JSON.stringify({
    auth_token: { access_token: 'left-behind' },
    org: 'acme',
    email: 'sam@myco.example',
  });

  it('prefers the environment, then the secret, then what symflow left', async () => {
    await leave(left);
    const env = { SYM_JWT: ' from-env ' };
    const secret = () => Promise.resolve('pasted');
    expect(await findSymToken({ env, secret, parseYaml, home })).toEqual({
      token: 'from-env',
      source: 'environment',
    });
    expect(await findSymToken({ env: {}, secret, parseYaml, home })).toEqual({
      token: 'pasted',
      source: 'secret',
    });
    expect(await findSymToken({ env: {}, secret: none, parseYaml, home })).toEqual({
      token: 'left-behind',
      source: 'symflow',
    });
  });

  it('looks under XDG_CONFIG_HOME, unless that is relative', async () => {
    const env = { XDG_CONFIG_HOME: join(home, 'xdg') };
    await leave(left, env);
    expect(await findSymToken({ env, secret: none, parseYaml, home })).toMatchObject({ source: 'symflow' });
    expect(symflowConfigPath({ env: { XDG_CONFIG_HOME: 'xdg' }, home })).toBe(
      join(home, '.config/symflow/default/config.yml'),
    );
  });

  it('finds nothing where nothing is', async () => {
    expect(await findSymToken({ env: {}, secret: none, parseYaml, home })).toBeUndefined();
    await leave('{"org":"acme"}');
    expect(await findSymToken({ env: {}, secret: none, parseYaml, home })).toBeUndefined();
  });

  it('does not read the file without a parser', async () => {
    await leave(left);
    expect(await findSymToken({ env: {}, secret: none, home })).toBeUndefined();
  });

  it.each([
    ['no YAML', '{"auth_token": left-behind'],
    ['another shape', '{"auth_token":"left-behind"}'],
    ['a list', '["left-behind"]'],
  ])('says that the file is broken, without quoting it: %s', async (_name, text) => {
    await leave(text);
    const failure = await findSymToken({ env: {}, secret: none, parseYaml, home }).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toMatchObject({
      code: 'config-invalid',
      details: { path: symflowConfigPath({ env: {}, home }) },
    });
    expect(JSON.stringify(failure)).not.toContain('left-behind');
    expect(String(failure)).not.toContain('left-behind');
  });

  it('says that the file cannot be read', async () => {
    await mkdir(symflowConfigPath({ env: {}, home }), { recursive: true });
    await expect(findSymToken({ env: {}, secret: none, parseYaml, home })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
