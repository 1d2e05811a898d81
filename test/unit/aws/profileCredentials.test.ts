import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Profile, SsoSession } from '../../../src/access/profile';
import { AwsConfig } from '../../../src/aws/awsConfig';
import { AwsClients } from '../../../src/aws/clients';
import { ProfileCredentials } from '../../../src/aws/profileCredentials';
import { RoleCredentials } from '../../../src/aws/roleCredentials';
import { SsoSignIn } from '../../../src/aws/ssoSignIn';
import { SsoTokenCache } from '../../../src/aws/ssoTokenCache';
import { silentLog } from '../../../src/base/log';
import { deferred } from './support/deferred';
import { startSignInServer } from './support/signInServer';
import { JumpingClock } from './support/testClock';
import { lines, TempHome } from './support/tempHome';
import type { TestServer } from './support/testServer';

/** The SDK holds what a process prints against the machine's own clock. */
const PROCESS_EXPIRES = new Date(Math.ceil(Date.now() / 1_000 + 3_600) * 1_000).toISOString();
const CONFIG = lines(
  '[sso-session myco]',
  'sso_start_url = https://myco.awsapps.com/start',
  'sso_region = us-east-1',
  '[profile viewer]',
  'sso_session = myco',
  'sso_account_id = 123456789012',
  'sso_role_name = Viewer',
  '[profile bearer-only]',
  'sso_session = myco',
  '[profile middle]',
  'role_arn = arn:aws:iam::123456789012:role/Middle',
  'source_profile = viewer',
  '[profile top]',
  'role_arn = arn:aws:iam::210987654321:role/Top',
  'source_profile = middle',
  'external_id = x1',
  'role_session_name = me',
  'duration_seconds = 900',
  '[profile mfa]',
  'role_arn = arn:aws:iam::210987654321:role/Top',
  'source_profile = viewer',
  'mfa_serial = arn:aws:iam::123456789012:mfa/sam',
  '[profile above-mfa]',
  'role_arn = arn:aws:iam::210987654321:role/Above',
  'source_profile = mfa',
  '[profile own-keys]',
  'aws_access_key_id = AKIAOWN',
  'aws_secret_access_key = s',
  'role_arn = arn:aws:iam::210987654321:role/Own',
  'source_profile = own-keys',
  'mfa_serial = 123456',
  '[profile process]',
  `credential_process = printf '{"Version":1,"AccessKeyId":"ASIAP","SecretAccessKey":"s","SessionToken":"t","Expiration":"${PROCESS_EXPIRES}"}'`,
  '[profile failing]',
  'credential_process = false',
  '[profile nothing]',
  'region = us-east-1',
);

let home: TempHome;
let clock: JumpingClock;
let server: TestServer;
let config: AwsConfig;
let profiles: ProfileCredentials;
let signIn: SsoSignIn;
let parts: { dispose(): void }[];
/** Whether something else answers in place of STS. */
let guestNetwork: boolean;
/** What the look at a sign-in waits for, as on a slow disk. */
let slowDisk: Promise<void>;
let lookedAtSignIn: () => void;

beforeEach(async () => {
  home = new TempHome();
  clock = new JumpingClock();
  guestNetwork = false;
  slowDisk = Promise.resolve();
  lookedAtSignIn = () => undefined;
  server = await startSignInServer({
    'GET /federation/credentials': () => ({
      body: {
        roleCredentials: {
          accessKeyId: 'ASIASSO',
          secretAccessKey: 's',
          sessionToken: 't',
          expiration: clock.at + 3_600_000,
        },
      },
    }),
    AssumeRole: request => {
      if (guestNetwork)
        return { headers: { 'content-type': 'text/html' }, body: '<html><title>Hotel Wi-Fi</title></html>' };
      const form = new URLSearchParams(request.body);
      const role = form.get('RoleArn')?.split('/')[1];
      return {
        body: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${role}</AccessKeyId>
          <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-23T09:00:00Z</Expiration>
          </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      };
    },
  });
  const env = { ...home.env, AWS_ENDPOINT_URL: server.url };
  await home.write('.aws/config', CONFIG);
  await home.write(
    '.aws/credentials',
    lines('[keys]', 'aws_access_key_id = AKIA1', 'aws_secret_access_key = s'),
  );
  const cache = new SsoTokenCache({ env, log: silentLog });
  const clients = new AwsClients({ env, log: silentLog, clock });
  signIn = new SsoSignIn({ cache, clients, clock, log: silentLog });
  const roles = new RoleCredentials({ signIn, clients, clock, log: silentLog });
  config = new AwsConfig({ env, log: silentLog });
  const slowSignIn = {
    onDidChange: signIn.onDidChange,
    state: async (session: SsoSession) => {
      const state = await signIn.state(session);
      lookedAtSignIn();
      await slowDisk;
      return state;
    },
  };
  profiles = new ProfileCredentials({ config, roles, signIn: slowSignIn, clients, clock, log: silentLog });
  parts = [profiles, roles, signIn, cache, clients, config];
  await cache.store(
    { cacheKey: 'myco', label: 'myco', startUrl: '', region: '', scopes: [] },
    {
      startUrl: 'https://myco.awsapps.com/start',
      region: 'us-east-1',
      accessToken: 'token-0',
      expiresAt: clock.at + 8 * 3_600_000,
    },
  );
});
afterEach(async () => {
  for (const part of parts) part.dispose();
  await server.close();
  home.remove();
});

async function profile(name: string) {
  const found = (await config.load()).profiles.find(one => one.name === name);
  if (!found) throw new Error(`no profile ${name}`);
  return found;
}

function sessionOf({ name, ssoSession }: Profile): SsoSession {
  if (!ssoSession) throw new Error(`${name} stands on no sign-in`);
  return ssoSession;
}

describe("a profile's credentials", () => {
  it('are those of its SSO role', async () => {
    expect((await profiles.get(await profile('viewer'))).accessKeyId).toBe('ASIASSO');
  });

  it('go up a chain of roles that stands on SSO, each signed by the one below', async () => {
    const top = await profiles.get(await profile('top'));
    expect(top).toEqual({
      accessKeyId: 'ASIATop',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresAt: Date.parse('2026-11-23T09:00:00Z'),
    });
    const assumed = server.received.filter(one => one.operation === 'AssumeRole');
    expect(assumed.map(one => /Credential=(\w+)\//.exec(one.headers.authorization ?? '')?.[1])).toEqual([
      'ASIASSO',
      'ASIAMiddle',
    ]);
    expect(Object.fromEntries(new URLSearchParams(assumed[1]?.body))).toMatchObject({
      RoleArn: 'arn:aws:iam::210987654321:role/Top',
      ExternalId: 'x1',
      RoleSessionName: 'me',
      DurationSeconds: '900',
    });
  });

  it('are kept while they last, and fetched anew when asked for fresh ones', async () => {
    const middle = await profile('middle');
    const assumed = () => server.operations().filter(one => one === 'AssumeRole').length;
    await profiles.get(middle);
    await profiles.get(middle);
    expect(assumed()).toBe(1);
    await profiles.get(middle, { fresh: true });
    expect(assumed()).toBe(2);
    clock.at = Date.parse('2026-11-23T08:55:00Z');
    await profiles.get(middle);
    expect(assumed()).toBe(3);
  });

  it('of an assumed role are kept no longer once AWS takes them no longer', async () => {
    const middle = await profile('middle');
    const first = await profiles.get(middle);
    await profiles.get(middle, { refused: { ...first, accessKeyId: 'ASIAOTHER' } });
    expect(server.operations().filter(one => one === 'AssumeRole')).toHaveLength(1);
    await profiles.get(middle, { refused: first });
    expect(server.operations().filter(one => one === 'AssumeRole')).toHaveLength(2);
  });

  it('of an assumed role that have just been replaced are not replaced again with every look', async () => {
    const middle = await profile('middle');
    const assumed = () => server.operations().filter(one => one === 'AssumeRole').length;
    const first = await profiles.get(middle);
    await profiles.get(middle, { refused: first });
    const second = await profiles.get(middle, { refused: first });
    expect(assumed()).toBe(2);
    await profiles.get(middle, { refused: second });
    expect(assumed()).toBe(2);
    clock.at += 10 * 60_000;
    await profiles.get(middle, { refused: second });
    expect(assumed()).toBe(3);
  });

  it('that stand on a sign-in are kept no longer than that, though a renewal takes nothing along', async () => {
    const middle = await profile('middle');
    const ssoSession = sessionOf(middle);
    await profiles.get(middle);
    signIn.refuse(ssoSession, 'token-of-somebody-else');
    await profiles.get(middle);
    expect(server.operations().filter(one => one === 'AssumeRole')).toHaveLength(1);
    await signIn.signOut(ssoSession);
    await expect(profiles.get(middle)).rejects.toMatchObject({ code: 'signed-out' });
  });

  it('are not handed out while it is looked up whether the sign-in they stand on is still there', async () => {
    const middle = await profile('middle');
    await profiles.get(middle);
    const disk = deferred();
    slowDisk = disk.promise;
    await signIn.signOut(sessionOf(middle));
    const after = expect(profiles.get(middle)).rejects.toMatchObject({ code: 'signed-out' });
    disk.resolve();
    await after;
  });

  it('that come while somebody signs out are not kept', async () => {
    const middle = await profile('middle');
    const disk = deferred();
    const looked = deferred();
    slowDisk = disk.promise;
    lookedAtSignIn = () => looked.resolve();
    const first = profiles.get(middle);
    await looked.promise;
    slowDisk = Promise.resolve();
    await signIn.signOut(sessionOf(middle));
    disk.resolve();
    await first;
    await expect(profiles.get(middle)).rejects.toMatchObject({ code: 'signed-out' });
  });

  it.each([
    ['middle', {}],
    ['own-keys', { mfaCode: '654321' }],
  ])('of %s are not asked of a guest network’s page', async (name, options) => {
    guestNetwork = true;
    await expect(profiles.get(await profile(name), options)).rejects.toMatchObject({
      code: 'network',
      details: { answeredBy: 'page', title: 'Hotel Wi-Fi' },
    });
    expect(server.operations().filter(one => one === 'AssumeRole')).toHaveLength(1);
  });

  it('are read from the credentials file, as it is now', async () => {
    const keys = await profile('keys');
    expect(await profiles.get(keys)).toEqual({
      accessKeyId: 'AKIA1',
      secretAccessKey: 's',
      expiresAt: Number.POSITIVE_INFINITY,
    });
    await home.write(
      '.aws/credentials',
      lines('[keys]', 'aws_access_key_id = AKIA2', 'aws_secret_access_key = s'),
    );
    expect((await profiles.get(keys)).accessKeyId).toBe('AKIA2');
  });

  it('are what a credential_process prints', async () => {
    expect(await profiles.get(await profile('process'))).toEqual({
      accessKeyId: 'ASIAP',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresAt: Date.parse(PROCESS_EXPIRES),
    });
  });

  it.each([
    ['bearer-only', 'names no account and role'],
    ['failing', 'Credentials of profile failing'],
    ['nothing', 'Credentials of profile nothing'],
  ])('cannot be had for %s', async (name, words) => {
    await expect(profiles.get(await profile(name))).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(words),
    });
  });

  it('need a code where the role asks for MFA, and say for which profile', async () => {
    for (const name of ['mfa', 'above-mfa']) {
      await expect(profiles.get(await profile(name))).rejects.toMatchObject({
        code: 'mfa-required',
        details: { profile: 'mfa' },
      });
    }
    expect(server.operations()).not.toContain('AssumeRole');
    expect(await profiles.mfaDevice('mfa')).toMatchObject({
      profile: { name: 'mfa' },
      serial: 'arn:aws:iam::123456789012:mfa/sam',
    });
    expect(await profiles.mfaDevice('top')).not.toHaveProperty('serial');
  });

  it('are kept after a code was given, for all that stands on them', async () => {
    const waiting = expect(profiles.get(await profile('mfa'))).rejects.toMatchObject({
      code: 'mfa-required',
    });
    const { accessKeyId } = await profiles.get(await profile('mfa'), { fresh: true, mfaCode: '123456' });
    await waiting;
    expect(accessKeyId).toBe('ASIATop');
    const assumed = () => server.received.filter(one => one.operation === 'AssumeRole');
    expect(Object.fromEntries(new URLSearchParams(assumed()[0]?.body))).toMatchObject({
      SerialNumber: 'arn:aws:iam::123456789012:mfa/sam',
      TokenCode: '123456',
    });
    expect((await profiles.get(await profile('above-mfa'))).accessKeyId).toBe('ASIAAbove');
    expect(new URLSearchParams(assumed()[1]?.body).has('TokenCode')).toBe(false);
    expect(assumed()).toHaveLength(2);
  });

  it('need a code too where a profile assumes its role by its own keys', async () => {
    const own = await profile('own-keys');
    await expect(profiles.get(own)).rejects.toMatchObject({ code: 'mfa-required' });
    expect((await profiles.get(own, { mfaCode: '654321' })).accessKeyId).toBe('ASIAOwn');
    const sent = server.received.find(one => one.operation === 'AssumeRole');
    expect(Object.fromEntries(new URLSearchParams(sent?.body))).toMatchObject({
      SerialNumber: '123456',
      TokenCode: '654321',
    });
  });

  it('cannot be had once the profile below is gone', async () => {
    const middle = await profile('middle');
    await home.write('.aws/config', CONFIG.replace('[profile viewer]', '[profile renamed]'));
    await expect(profiles.get(middle)).rejects.toMatchObject({ code: 'profile-not-found' });
  });
});
