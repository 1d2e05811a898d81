import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsConfig } from '../../../src/aws/awsConfig';
import type { Event } from '../../../src/base/events';
import { silentLog } from '../../../src/base/log';
import { lines, TempHome } from './support/tempHome';

let home: TempHome;
let config: AwsConfig;

beforeEach(() => {
  home = new TempHome();
  config = new AwsConfig({ env: home.env, log: silentLog });
});
afterEach(() => {
  config.dispose();
  home.remove();
});

/** Resolves once `holds` does, looking after `act` and after each event. */
async function until(event: Event<void>, act: () => void, holds: () => Promise<boolean>): Promise<void> {
  let fired = () => {};
  let told = new Promise<void>(resolve => (fired = resolve));
  const subscription = event(() => fired());
  act();
  do {
    await told;
    told = new Promise<void>(resolve => (fired = resolve));
  } while (!(await holds()));
  subscription.dispose();
}

const nameIs = (name: string) => async () => (await names()).join() === name;

const names = async () => (await config.load()).profiles.map(profile => profile.name);

describe('load', () => {
  it('knows that there are no files', async () => {
    expect(await config.load()).toMatchObject({
      profiles: [],
      problems: [],
      exists: false,
      configPath: home.resolve('.aws', 'config'),
    });
  });

  it('reads where the environment points, with ~ for home', async () => {
    await home.write('elsewhere/config', lines('[profile a]', 'region = x'));
    await home.write('elsewhere/keys', lines('[b]', 'aws_access_key_id = AKIA'));
    const env = {
      ...home.env,
      AWS_CONFIG_FILE: '~/elsewhere/config',
      AWS_SHARED_CREDENTIALS_FILE: home.resolve('elsewhere/keys'),
    };
    const elsewhere = new AwsConfig({ env, log: silentLog });
    const snapshot = await elsewhere.load();
    expect(snapshot.profiles.map(profile => profile.name).sort()).toEqual(['a', 'b']);
    expect(snapshot.exists).toBe(true);
    elsewhere.dispose();
  });

  it('sees a file that was changed since', async () => {
    await home.write('.aws/config', lines('[profile a]', 'region = x'));
    expect(await names()).toEqual(['a']);
    await home.write('.aws/config', lines('[profile b]', 'region = x'));
    expect(await names()).toEqual(['b']);
  });

  it('reports a file that cannot be read, and reads the other', async () => {
    mkdirSync(home.resolve('.aws', 'config'), { recursive: true });
    await home.write('.aws/credentials', lines('[b]', 'aws_access_key_id = AKIA'));
    const { problems, profiles } = await config.load();
    expect(problems).toEqual([
      expect.objectContaining({
        path: config.configPath,
        message: expect.stringContaining('cannot be read'),
      }),
    ]);
    expect(profiles.map(profile => profile.name)).toEqual(['b']);
  });

  it('is cancelled by its signal', async () => {
    await expect(config.load({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('watch', () => {
  it('tells of a change in place, an atomic replacement, and one more after it', async () => {
    const path = await home.write('.aws/config', lines('[profile a]', 'region = x'));
    config.watch();
    await until(
      config.onDidChange,
      () => writeFileSync(path, lines('[profile b]', 'region = x')),
      nameIs('b'),
    );
    for (const name of ['c', 'd']) {
      const replace = () => {
        writeFileSync(`${path}.new`, lines(`[profile ${name}]`, 'region = x'));
        renameSync(`${path}.new`, path);
      };
      await until(config.onDidChange, replace, nameIs(name));
    }
  });

  it('tells of a file whose folder did not exist, and of the folder going and coming back', async () => {
    config.watch();
    for (const name of ['first', 'second']) {
      const appear = () => {
        mkdirSync(home.resolve('.aws'));
        writeFileSync(home.resolve('.aws', 'config'), lines(`[profile ${name}]`, 'region = x'));
      };
      await until(config.onDidChange, appear, nameIs(name));
      const vanish = () => rmSync(home.resolve('.aws'), { recursive: true });
      await until(config.onDidChange, vanish, async () => !(await config.load()).exists);
    }
  });

  it('follows a folder that another one replaced in a moment', async () => {
    await home.write('.aws/config', lines('[profile a]', 'region = x'));
    config.watch();
    const swap = () => {
      rmSync(home.resolve('.aws'), { recursive: true });
      mkdirSync(home.resolve('.aws'));
      writeFileSync(home.resolve('.aws', 'config'), lines('[profile b]', 'region = x'));
    };
    await until(config.onDidChange, swap, nameIs('b'));
    const edit = () => writeFileSync(home.resolve('.aws', 'config'), lines('[profile c]', 'region = x'));
    await until(config.onDidChange, edit, nameIs('c'));
  });

  it('follows a link to the file it leads to, and to another when the link is changed', async () => {
    const first = await home.write('settings/first', lines('[profile a]', 'region = x'));
    const second = await home.write('other/second', lines('[profile b]', 'region = x'));
    mkdirSync(home.resolve('.aws'));
    symlinkSync(first, config.configPath);
    config.watch();
    const write = (path: string, name: string) => () =>
      writeFileSync(path, lines(`[profile ${name}]`, 'region = x'));
    await until(config.onDidChange, write(first, 'edited'), nameIs('edited'));
    const relink = () => {
      symlinkSync(second, `${config.configPath}.new`);
      renameSync(`${config.configPath}.new`, config.configPath);
    };
    await until(config.onDidChange, relink, nameIs('b'));
    await until(config.onDidChange, write(second, 'again'), nameIs('again'));
  });

  it('keeps quiet about other files there', async () => {
    const path = await home.write('.aws/config', '');
    config.watch();
    let fired = 0;
    config.onDidChange(() => (fired += 1));
    const touch = () => {
      writeFileSync(join(home.path, '.aws', 'other'), 'x');
      writeFileSync(path, lines('[profile a]', 'region = x'));
    };
    await until(config.onDidChange, touch, nameIs('a'));
    expect(fired).toBe(1);
  });
});
