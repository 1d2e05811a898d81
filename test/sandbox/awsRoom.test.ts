import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Profile, SsoRole, SsoSession } from '../../src/access/profile';
import { AwsConfig } from '../../src/aws/awsConfig';
import { callerIdentity } from '../../src/aws/callerIdentity';
import { AwsClients } from '../../src/aws/clients';
import { InstanceDirectory } from '../../src/aws/instances';
import { ProfileCredentials } from '../../src/aws/profileCredentials';
import { RoleCredentials } from '../../src/aws/roleCredentials';
import { SessionApi } from '../../src/aws/sessionApi';
import { sessionRecord } from '../../src/aws/sessionRecord';
import { SsoPortal } from '../../src/aws/ssoPortal';
import { SsoSignIn } from '../../src/aws/ssoSignIn';
import { SsoTokenCache } from '../../src/aws/ssoTokenCache';
import { systemClock } from '../../src/base/clock';
import { DisposableStore } from '../../src/base/lifecycle';
import { silentLog } from '../../src/base/log';
import { Sandbox } from '../../src/sandbox/sandbox';

const PROD = '123456789012';
const FRONT_END = 'i-060ee0879f3ec4eb7';
const BACK_END = 'i-05b7516a19f826be9';

const sandbox = new Sandbox();
const home = mkdtempSync(join(tmpdir(), 'jit-access-room-'));
const store = new DisposableStore();
const log = silentLog;
const clock = systemClock;

let url: string;
let config: AwsConfig;
let clients: AwsClients;
let signIn: SsoSignIn;
let roles: RoleCredentials;
let profiles: ProfileCredentials;
let session: SsoSession;
let frontEnd: SsoRole;

beforeAll(async () => {
  const env = { ...(await sandbox.start()), HOME: home };
  url = env.SANDBOX_URL;
  config = store.add(new AwsConfig({ env, log }));
  clients = store.add(new AwsClients({ env, log, clock }));
  const cache = store.add(new SsoTokenCache({ env, log }));
  signIn = store.add(new SsoSignIn({ cache, clients, clock, log }));
  roles = store.add(new RoleCredentials({ signIn, clients, clock, log }));
  profiles = store.add(new ProfileCredentials({ config, roles, signIn, clients, clock, log }));
  const [found] = (await config.load()).ssoSessions;
  if (!found) throw new Error('the sandbox has no sso-session');
  session = found;
  frontEnd = { ssoSession: session, accountId: PROD, roleName: 'FrontEndSSHAccess' };
});
afterAll(async () => {
  store.dispose();
  await sandbox.stop();
  rmSync(home, { recursive: true, force: true });
});

async function profile(name: string): Promise<Profile> {
  const found = (await config.load()).profiles.find(one => one.name === name);
  if (!found) throw new Error(`no profile ${name}`);
  return found;
}

/** Presses a button of the page that Identity Center shows. */
const decide = (page: string, decision: 'allow' | 'deny', form: Record<string, string> = {}) =>
  fetch(page, { method: 'POST', body: new URLSearchParams({ ...form, decision }) });

const sessions = (role: SsoRole) =>
  new SessionApi({ credentials: () => roles.get(role), region: 'us-east-1', clients, log });

// One story, in order: each chapter begins where the one before ended.
describe('a person and their AWS', { concurrent: false }, () => {
  it('has profiles and is signed out', async () => {
    const { profiles: found, problems } = await config.load();
    expect(problems).toEqual([]);
    expect(found.map(one => one.name)).toEqual(
      expect.arrayContaining([
        'frontend-ssh',
        'backend-ssh',
        'myco-viewer',
        'myco-viewer-eu',
        'myco-dev-viewer',
      ]),
    );
    expect(await signIn.state(session)).toEqual({ kind: 'signedOut' });
    await expect(profiles.get(await profile('myco-viewer'))).rejects.toMatchObject({ code: 'signed-out' });
  });

  it('denies a sign-in it did not begin', async () => {
    const denied = signIn.signIn(session, {
      onVerification: ({ verificationUri, userCode }) =>
        void decide(verificationUri, 'deny', { user_code: userCode }),
    });
    await expect(denied).rejects.toMatchObject({ code: 'sign-in-denied' });
  });

  it('signs in by device code, and the CLI with it', async () => {
    await signIn.signIn(session, {
      onVerification: ({ verificationUriComplete, userCode }) =>
        void decide(verificationUriComplete, 'allow', { user_code: userCode }),
    });
    expect(await signIn.state(session)).toMatchObject({ kind: 'signedIn', renews: true });
    // sha1('myco')
    const file = join(home, '.aws/sso/cache/8bad28a6fb0a2aff49e9997d9ab0ee0b67fc3ba1.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      startUrl: session.startUrl,
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('finds on the portal what it may do all day', async () => {
    const portal = new SsoPortal({ signIn, clients });
    const accounts = await portal.listAccounts(session);
    expect(accounts.map(one => one.accountId)).toContain(PROD);
    const held = await portal.listRoles(session, PROD);
    expect(held).toContain('ViewOnlyAccess');
    expect(held).not.toContain('FrontEndSSHAccess');
  });

  it('lists instances with tags and reachability, region by region', async () => {
    const viewer = await profile('myco-viewer');
    const directory = new InstanceDirectory({ clients, log });
    const credentials = () => profiles.get(viewer);
    const { instances, problems } = await directory.list({ region: 'us-east-1', credentials });
    expect(problems).toEqual([]);
    const byId = new Map(instances.map(one => [one.id, one]));
    expect(byId.get(FRONT_END)).toMatchObject({
      accountId: PROD,
      state: 'running',
      tags: { Department: 'FrontEnd' },
      ssm: { pingStatus: 'Online', platformType: 'Linux' },
    });
    expect(byId.get(BACK_END)).toMatchObject({ tags: { Department: 'BackEnd' } });
    expect(instances.some(one => one.state === 'stopped')).toBe(true);
    expect(instances.some(one => one.state === 'running' && !one.ssm)).toBe(true);
    expect(instances.some(one => one.ssm?.pingStatus === 'ConnectionLost')).toBe(true);
    const europe = await directory.list({ region: 'eu-west-1', credentials });
    expect(europe.instances.length).toBeGreaterThan(0);
    expect(europe.instances.every(one => one.region === 'eu-west-1' && !byId.has(one.id))).toBe(true);
    const before = Date.now();
    const who = await callerIdentity(clients, { credentials, region: 'us-east-1' });
    expect(who).toMatchObject({
      accountId: PROD,
      arn: expect.stringContaining('AWSReservedSSO_ViewOnlyAccess_'),
    });
    expect(Math.abs(clients.clockOffsetMs ?? Infinity)).toBeLessThanOrEqual(1000 + (Date.now() - before));
  });

  it('has no role it was not given', async () => {
    await expect(roles.get(frontEnd)).rejects.toMatchObject({ code: 'role-not-assigned' });
    await expect(
      new InstanceDirectory({ clients, log }).list({
        region: 'us-east-1',
        credentials: () => roles.get(frontEnd),
      }),
    ).rejects.toMatchObject({ code: 'role-not-assigned' });
  });

  it('starts, resumes and ends a session with the role it was given', async () => {
    sandbox.assignments.assign(
      { user: 'sam@myco.example', accountId: PROD, permissionSet: 'FrontEndSSHAccess', source: 'test' },
      0,
    );
    const api = sessions(frontEnd);
    const started = await api.start({ instanceId: FRONT_END, reason: 'request-1 to look' });
    expect(started.streamUrl.startsWith(url.replace('http', 'ws'))).toBe(true);
    expect(sandbox.registry.find(started.sessionId)).toMatchObject({
      instanceId: FRONT_END,
      reason: 'request-1 to look',
    });
    const resumed = await api.resume(started.sessionId);
    expect(resumed?.sessionId).toBe(started.sessionId);
    expect(resumed?.token).not.toBe(started.token);
    await api.terminate(started.sessionId);
    expect(sandbox.registry.find(started.sessionId)?.status).toBe('Terminated');
    expect(await api.resume(started.sessionId)).toBeUndefined();
    await api.terminate(started.sessionId);
  });

  it('finds on record how long a session lasted, and could have lasted', async () => {
    sandbox.preferences.change({ maxDurationMs: 2 * 60_000 });
    const api = sessions(frontEnd);
    const { sessionId } = await api.start({ instanceId: FRONT_END });
    sandbox.preferences.change({ maxDurationMs: null });
    const viewer = await profile('myco-viewer');
    const scope = { region: 'us-east-1', credentials: () => profiles.get(viewer) };
    expect(await sessionRecord({ clients, log }, scope, sessionId)).toBeUndefined();
    await api.terminate(sessionId);
    const { startedAt, endedAt } = sandbox.registry.find(sessionId)!;
    const record = await sessionRecord({ clients, log }, scope, sessionId);
    expect(record).toEqual({ startedAt, endedAt, longestMs: 2 * 60_000 });
  });

  it('opens the gateway with its signature, and not with a bad one', async () => {
    const api = sessions(frontEnd);
    const { streamUrl, sessionId } = await api.start({ instanceId: FRONT_END });
    const headers = await api.signUpgrade(streamUrl);
    const attempt = (sent: Record<string, string>) =>
      new Promise<string>(resolve => {
        const socket = new WebSocket(streamUrl, { headers: sent });
        socket.once('open', () => (resolve('open'), socket.terminate()));
        socket.once('error', error => resolve(error.message));
      });
    expect(await attempt(headers)).toBe('open');
    const forged = { ...headers, authorization: (headers.authorization ?? '').replace(/.{8}$/, '00000000') };
    expect(await attempt(forged)).toContain('403');
    await api.terminate(sessionId);
  });

  it("is refused on another department's instance, in AWS's words", async () => {
    await expect(sessions(frontEnd).start({ instanceId: BACK_END })).rejects.toMatchObject({
      code: 'access-denied',
      details: {
        action: 'ssm:StartSession',
        resource: `arn:aws:ec2:us-east-1:${PROD}:instance/${BACK_END}`,
        principal: expect.stringMatching(/assumed-role\/AWSReservedSSO_FrontEndSSHAccess_[0-9a-f]+\/sam/),
        reason: 'no identity-based policy allows the ssm:StartSession action',
      },
    });
  });

  it('is told of a document that is none, and of a machine that does not answer', async () => {
    const api = sessions(frontEnd);
    const noDocument = api.start({ instanceId: FRONT_END, documentName: 'No-Such' });
    await expect(noDocument).rejects.toMatchObject({ code: 'document-invalid' });
    sandbox.instances.change(FRONT_END, { state: 'stopped' });
    await expect(api.start({ instanceId: FRONT_END })).rejects.toMatchObject({
      code: 'target-not-connected',
    });
  });

  it('can end its sessions after the role was taken back', async () => {
    sandbox.instances.change(FRONT_END, { state: 'running' });
    const api = sessions(frontEnd);
    const { sessionId } = await api.start({ instanceId: FRONT_END });
    sandbox.assignments.withdraw('test');
    await expect(roles.get(frontEnd, { fresh: true })).rejects.toMatchObject({ code: 'role-not-assigned' });
    await api.terminate(sessionId);
    expect(sandbox.registry.find(sessionId)?.status).toBe('Terminated');
  });

  it('signs out everywhere, and in again in the browser with PKCE', async () => {
    const token = await signIn.accessToken(session);
    await signIn.signOut(session);
    await expect(profiles.get(await profile('myco-viewer'))).rejects.toMatchObject({ code: 'signed-out' });
    const { sdk, client } = await clients.sso({ region: 'us-east-1' });
    const withOld = client.send(new sdk.ListAccountsCommand({ accessToken: token }));
    await expect(withOld).rejects.toMatchObject({ name: 'UnauthorizedException' });
    await signIn.signIn(session, { onAuthorizationPage: page => void decide(page, 'allow') });
    expect((await profiles.get(await profile('myco-viewer'))).accessKeyId).toMatch(/^ASIA/);
  });
});
