import { chmodSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, lstatSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SsoSession } from '../../../src/access/profile';
import { AwsConfig } from '../../../src/aws/awsConfig';
import { ProfileImport } from '../../../src/aws/profileImport';
import { silentLog } from '../../../src/base/log';
import { JumpingClock } from './support/testClock';
import { lines, TempHome } from './support/tempHome';

const SESSION: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: ['sso:account:access'],
};
const BEFORE = lines(
  '# mine, do not touch',
  '[sso-session myco]',
  'sso_start_url   =  https://myco.awsapps.com/start  ; odd spacing',
  'sso_region = us-east-1',
  '',
  '[profile viewer]',
  'sso_session = myco',
  'sso_account_id = 123456789012',
  'sso_role_name = Viewer',
);
const VIEWER = { accountId: '123456789012', roleName: 'Viewer' };
const ADMIN = { accountId: '123456789012', accountName: 'MyCo Prod', roleName: 'Admin', region: 'eu-west-1' };

let home: TempHome;
let config: AwsConfig;
let profileImport: ProfileImport;

beforeEach(() => {
  home = new TempHome();
  config = new AwsConfig({ env: home.env, log: silentLog });
  profileImport = new ProfileImport({ config, clock: new JumpingClock() });
});
afterEach(() => {
  config.dispose();
  home.remove();
});

describe('importing roles', () => {
  it('plans what it would add, leaves what is there, and writes nothing', async () => {
    const path = await home.write('.aws/config', BEFORE);
    const plan = await profileImport.plan(SESSION, [VIEWER, ADMIN]);
    expect(plan.present).toEqual([{ profileName: 'viewer', role: VIEWER }]);
    expect(plan.added).toEqual([{ profileName: 'MyCo-Prod-Admin', role: ADMIN }]);
    expect(plan.after).toBe(
      BEFORE +
        lines(
          '',
          '[profile MyCo-Prod-Admin]',
          'sso_session = myco',
          'sso_account_id = 123456789012',
          'sso_role_name = Admin',
          'region = eu-west-1',
        ),
    );
    expect(readFileSync(path, 'utf8')).toBe(BEFORE);
  });

  it('writes the plan, keeps a copy and the permissions, and the profiles can be used', async () => {
    const path = await home.write('.aws/config', BEFORE);
    chmodSync(path, 0o640);
    const { backupPath } = await profileImport.write(await profileImport.plan(SESSION, [ADMIN]));
    expect(backupPath).toBe(`${path}.20261123T080000Z.bak`);
    expect(readFileSync(backupPath ?? '', 'utf8')).toBe(BEFORE);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(home.resolve('.aws'))).toHaveLength(2);
    const { profiles, problems } = await config.load();
    expect(problems).toEqual([]);
    expect(profiles.find(one => one.name === 'MyCo-Prod-Admin')).toMatchObject({
      accountId: '123456789012',
      roleName: 'Admin',
      ssoSession: { cacheKey: 'myco' },
    });
    // Once more there is nothing to add.
    const again = await profileImport.plan(SESSION, [ADMIN]);
    expect(again.added).toEqual([]);
    expect(await profileImport.write(again)).toEqual({});
  });

  it('begins a file where there is none, for its owner only', async () => {
    const legacy = { ...SESSION, cacheKey: SESSION.startUrl };
    const plan = await profileImport.plan(legacy, [VIEWER]);
    expect(plan.before).toBeUndefined();
    expect(await profileImport.write(plan)).toEqual({});
    expect(statSync(config.configPath).mode & 0o777).toBe(0o600);
    expect((await config.load()).profiles).toEqual([
      expect.objectContaining({
        name: '123456789012-Viewer',
        ssoSession: expect.objectContaining({ cacheKey: SESSION.startUrl }),
      }),
    ]);
  });

  it('refuses to write over what someone else wrote meanwhile', async () => {
    const path = await home.write('.aws/config', BEFORE);
    const plan = await profileImport.plan(SESSION, [ADMIN]);
    await home.write('.aws/config', `${BEFORE}# more\n`);
    await expect(profileImport.write(plan)).rejects.toMatchObject({ code: 'config-invalid' });
    expect(readFileSync(path, 'utf8')).toBe(`${BEFORE}# more\n`);
  });

  it('numbers names that are taken, by the file or by itself, and keeps line ends', async () => {
    const before = [BEFORE.trimEnd(), '', '[profile MyCo-Prod-Admin]', 'region = x']
      .join('\n')
      .replaceAll('\n', '\r\n');
    await home.write('.aws/config', before);
    const plan = await profileImport.plan(SESSION, [ADMIN, { ...ADMIN, accountId: '210987654321' }]);
    expect(plan.added.map(one => one.profileName)).toEqual(['MyCo-Prod-Admin-2', 'MyCo-Prod-Admin-3']);
    expect(plan.after.startsWith(`${before}\r\n\r\n[profile MyCo-Prod-Admin-2]\r\n`)).toBe(true);
    expect(plan.after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('leaves a link a link', async () => {
    const path = await home.write('.aws/config', BEFORE);
    renameSync(path, home.resolve('dotfile'));
    symlinkSync(home.resolve('dotfile'), path);
    await profileImport.write(await profileImport.plan(SESSION, [ADMIN]));
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(home.resolve('dotfile'), 'utf8')).toContain('[profile MyCo-Prod-Admin]');
  });

  it('adds the session too when the file has none of its name', async () => {
    await home.write('.aws/config', BEFORE);
    const other = {
      ...SESSION,
      cacheKey: 'other',
      label: 'other',
      startUrl: 'https://other.awsapps.com/start',
    };
    const plan = await profileImport.plan(other, [{ ...ADMIN, profileName: 'prod admin' }]);
    expect(plan.after.slice(BEFORE.length)).toBe(
      lines(
        '',
        '[sso-session other]',
        'sso_start_url = https://other.awsapps.com/start',
        'sso_region = us-east-1',
        'sso_registration_scopes = sso:account:access',
        '',
        '[profile prod-admin]',
        'sso_session = other',
        'sso_account_id = 123456789012',
        'sso_role_name = Admin',
        'region = eu-west-1',
      ),
    );
    const clash = profileImport.plan({ ...other, cacheKey: 'myco' }, [ADMIN]);
    await expect(clash).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('takes no name of a section that cannot be used', async () => {
    await home.write('.aws/config', `${BEFORE}[profile MyCo-Prod-Admin]\nsso_session = nowhere\n`);
    const plan = await profileImport.plan(SESSION, [ADMIN]);
    expect(plan.added.map(one => one.profileName)).toEqual(['MyCo-Prod-Admin-2']);
  });

  it('takes an import back, unless the file has changed since', async () => {
    const path = await home.write('.aws/config', BEFORE);
    const plan = await profileImport.plan(SESSION, [ADMIN]);
    const written = await profileImport.write(plan);
    await profileImport.undo(plan, written);
    expect(readFileSync(path, 'utf8')).toBe(BEFORE);
    expect(readdirSync(home.resolve('.aws'))).toEqual(['config']);
    const again = await profileImport.write(plan);
    await home.write('.aws/config', `${plan.after}# mine\n`);
    await expect(profileImport.undo(plan, again)).rejects.toMatchObject({ code: 'config-invalid' });
    expect(readFileSync(again.backupPath ?? '', 'utf8')).toBe(BEFORE);
  });

  it('takes back a file it began', async () => {
    const plan = await profileImport.plan(SESSION, [VIEWER]);
    const written = await profileImport.write(plan);
    expect((await config.load()).profiles).toHaveLength(1);
    await profileImport.undo(plan, written);
    expect(readdirSync(home.resolve('.aws'))).toEqual([]);
  });
});
