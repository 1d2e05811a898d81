import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SsoRole, SsoSession } from '../../../src/access/profile';
import { AwsClients } from '../../../src/aws/clients';
import { RoleCredentials } from '../../../src/aws/roleCredentials';
import { SsoPortal } from '../../../src/aws/ssoPortal';
import { SsoSignIn } from '../../../src/aws/ssoSignIn';
import { SsoTokenCache } from '../../../src/aws/ssoTokenCache';
import { silentLog } from '../../../src/base/log';
import { deferred } from './support/deferred';
import { inTurn, REGISTRATION_ENDS, startSignInServer } from './support/signInServer';
import { JumpingClock } from './support/testClock';
import { TempHome } from './support/tempHome';
import { fault, type Answer, type TestServer } from './support/testServer';

const SESSION: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: ['sso:account:access'],
};
const ROLE: SsoRole = { ssoSession: SESSION, accountId: '123456789012', roleName: 'FrontEndSSHAccess' };
const GET = 'GET /federation/credentials';

let home: TempHome;
let clock: JumpingClock;
let server: TestServer;
let cache: SsoTokenCache;
let clients: AwsClients;
let signIn: SsoSignIn;
let roles: RoleCredentials;

const credentials = (number: number, lastsMs = 3_600_000) => ({
  body: {
    roleCredentials: {
      accessKeyId: `ASIA${number}`,
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expiration: clock.at + lastsMs,
    },
  },
});
const counting =
  (lastsMs?: number): Answer =>
  () =>
    credentials(server.operations().filter(one => one === GET).length, lastsMs);

async function room(overrides: Record<string, Answer>, token: 'renewable' | 'plain' | 'none' = 'plain') {
  server = await startSignInServer(overrides);
  const env = { ...home.env, AWS_ENDPOINT_URL: server.url };
  cache = new SsoTokenCache({ env, log: silentLog });
  clients = new AwsClients({ env, log: silentLog, clock });
  signIn = new SsoSignIn({ cache, clients, clock, log: silentLog });
  roles = new RoleCredentials({ signIn, clients, clock, log: silentLog });
  if (token === 'none') return;
  await cache.store(SESSION, {
    startUrl: SESSION.startUrl,
    region: 'us-east-1',
    accessToken: 'token-0',
    expiresAt: clock.at + 8 * 3_600_000,
    ...(token === 'renewable'
      ? {
          clientId: 'c',
          clientSecret: 's',
          registrationExpiresAt: REGISTRATION_ENDS,
          refreshToken: 'refresh-0',
        }
      : {}),
  });
}

beforeEach(() => {
  home = new TempHome();
  clock = new JumpingClock();
});
afterEach(async () => {
  roles.dispose();
  signIn.dispose();
  cache.dispose();
  clients.dispose();
  await server.close();
  home.remove();
});

describe("a role's credentials", () => {
  it('come from the portal, once for all who ask, and are kept', async () => {
    await room({ [GET]: counting() });
    const [first, second] = await Promise.all([roles.get(ROLE), roles.get(ROLE)]);
    expect(first).toEqual({
      accessKeyId: 'ASIA1',
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expiresAt: clock.at + 3_600_000,
    });
    expect(second).toEqual(first);
    expect(await roles.get(ROLE)).toEqual(first);
    expect(server.operations()).toEqual([GET]);
    const { query, headers } = server.received[0] ?? {};
    expect(Object.fromEntries(query ?? [])).toEqual({
      role_name: 'FrontEndSSHAccess',
      account_id: '123456789012',
    });
    expect(headers?.['x-amz-sso_bearer_token']).toBe('token-0');
  });

  it('are fetched anew five minutes before their end, when asked for fresh ones, and after forgetting', async () => {
    await room({ [GET]: counting() });
    await roles.get(ROLE);
    clock.at += 3_600_000 - 5 * 60_000;
    expect((await roles.get(ROLE)).accessKeyId).toBe('ASIA2');
    expect((await roles.get(ROLE, { fresh: true })).accessKeyId).toBe('ASIA3');
    expect((await roles.get(ROLE)).accessKeyId).toBe('ASIA3');
    roles.forget(ROLE);
    expect((await roles.get(ROLE)).accessKeyId).toBe('ASIA4');
  });

  it('that AWS takes no longer are kept no longer; whoever learns of it late gets what replaced them', async () => {
    await room({ [GET]: counting() });
    const first = await roles.get(ROLE);
    const both = await Promise.all([
      roles.get(ROLE, { refused: first }),
      roles.get(ROLE, { refused: first }),
    ]);
    expect(both.map(({ accessKeyId }) => accessKeyId)).toEqual(['ASIA2', 'ASIA2']);
    expect((await roles.get(ROLE, { refused: first })).accessKeyId).toBe('ASIA2');
    expect((await roles.get(ROLE)).accessKeyId).toBe('ASIA2');
  });

  it('that have just been replaced are not replaced again: AWS refuses good ones in a region that is not enabled', async () => {
    await room({ [GET]: counting(4 * 3_600_000) });
    const second = await roles.get(ROLE, { refused: await roles.get(ROLE) });
    expect((await roles.get(ROLE, { refused: second })).accessKeyId).toBe('ASIA2');
    clock.at += 10 * 60_000;
    expect((await roles.get(ROLE, { refused: second })).accessKeyId).toBe('ASIA3');
  });

  it('are refused while the role is not assigned, and with that forgotten', async () => {
    const no = fault('ForbiddenException', 'No access', 403);
    await room({
      [GET]: inTurn(
        () => credentials(1),
        no,
        () => credentials(3),
      ),
    });
    await roles.get(ROLE);
    await expect(roles.get(ROLE, { fresh: true })).rejects.toMatchObject({
      code: 'role-not-assigned',
      message: expect.stringContaining('No access'),
    });
    expect((await roles.get(ROLE)).accessKeyId).toBe('ASIA3');
  });

  it('tell a sign-in that AWS has ended', async () => {
    await room({ [GET]: () => fault('UnauthorizedException', 'Session token not found or invalid', 401) });
    const changes: string[] = [];
    signIn.onDidChange(session => changes.push(session.label));
    await expect(roles.get(ROLE)).rejects.toMatchObject({ code: 'signed-out' });
    expect(changes).toEqual(['myco']);
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedOut' });
    expect(server.operations()).toEqual([GET]);
  });

  it('are had with a renewed token where the old one was refused', async () => {
    await room(
      { [GET]: inTurn(fault('UnauthorizedException', 'no', 401), () => credentials(2)) },
      'renewable',
    );
    expect((await roles.get(ROLE)).accessKeyId).toBe('ASIA2');
    expect(server.operations()).toEqual([GET, 'POST /token', GET]);
    expect(server.received[2]?.headers['x-amz-sso_bearer_token']).toBe('token-1');
  });

  it('are not asked for while signed out, and not kept after signing out', async () => {
    await room({ [GET]: counting() });
    await roles.get(ROLE);
    await signIn.signOut(SESSION);
    await expect(roles.get(ROLE)).rejects.toMatchObject({ code: 'signed-out' });
    expect(server.operations()).toEqual([GET, 'POST /logout']);
  });

  it.each([
    ['throttled', fault('TooManyRequestsException', 'slow', 429)],
    ['service-fault', fault('InternalServerException', 'oops', 500)],
    ['service-fault', { body: {} }],
  ] as const)('fail with %s', async (code, reply) => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    await room({ [GET]: () => reply });
    await expect(roles.get(ROLE)).rejects.toMatchObject({ code });
  });

  it('that come while somebody signs out are not kept', async () => {
    await room({ [GET]: counting() });
    const looked = deferred();
    const disk = deferred();
    const { state } = signIn;
    vi.spyOn(signIn, 'state').mockImplementationOnce(async session => {
      const before = await state.call(signIn, session);
      looked.resolve();
      await disk.promise;
      return before;
    });
    const first = roles.get(ROLE);
    await looked.promise;
    await signIn.signOut(SESSION);
    disk.resolve();
    await first;
    await expect(roles.get(ROLE)).rejects.toMatchObject({ code: 'signed-out' });
  });

  it('are waited for no longer than the caller wants', async () => {
    const abort = new AbortController();
    await room({
      [GET]: () => {
        abort.abort();
        return new Promise(() => undefined);
      },
    });
    await expect(roles.get(ROLE, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('the portal', () => {
  it('lists accounts and roles, page by page', async () => {
    await room({
      'GET /assignment/accounts': request =>
        request.query.get('next_token') === 'n1'
          ? { body: { accountList: [{ accountId: '210987654321' }] } }
          : {
              body: {
                accountList: [{ accountId: '123456789012', accountName: 'myco-prod', emailAddress: 'a@b' }],
                nextToken: 'n1',
              },
            },
      'GET /assignment/roles': request => ({
        body: { roleList: [{ roleName: `Viewer-${request.query.get('account_id')}` }] },
      }),
    });
    const portal = new SsoPortal({ signIn, clients });
    expect(await portal.listAccounts(SESSION)).toEqual([
      { accountId: '123456789012', name: 'myco-prod', email: 'a@b' },
      { accountId: '210987654321' },
    ]);
    expect(await portal.listRoles(SESSION, '123456789012')).toEqual(['Viewer-123456789012']);
  });

  it('tells that AWS has ended the sign-in', async () => {
    await room({ 'GET /assignment/accounts': () => fault('UnauthorizedException', 'no', 401) });
    const portal = new SsoPortal({ signIn, clients });
    await expect(portal.listAccounts(SESSION)).rejects.toMatchObject({ code: 'signed-out' });
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedOut' });
  });
});
