import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SsoSession } from '../../../src/access/profile';
import { AwsClients } from '../../../src/aws/clients';
import { SsoSignIn, type DeviceVerification } from '../../../src/aws/ssoSignIn';
import { SsoTokenCache, type SsoToken } from '../../../src/aws/ssoTokenCache';
import { silentLog } from '../../../src/base/log';
import { deferred } from './support/deferred';
import { inTurn, json, PENDING, SLOW_DOWN, startSignInServer, tokenReply } from './support/signInServer';
import { REGISTRATION_ENDS } from './support/signInServer';
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

let home: TempHome;
let clock: JumpingClock;
let server: TestServer;
let cache: SsoTokenCache;
let clients: AwsClients;
let signIn: SsoSignIn;
let changes: string[];

async function room(overrides: Record<string, Answer> = {}): Promise<void> {
  server = await startSignInServer(overrides);
  const env = { ...home.env, AWS_ENDPOINT_URL: server.url };
  cache = new SsoTokenCache({ env, log: silentLog });
  clients = new AwsClients({ env, log: silentLog, clock });
  signIn = new SsoSignIn({ cache, clients, clock, log: silentLog });
  signIn.onDidChange(session => changes.push(session.label));
}

const stored = (over: Partial<SsoToken> = {}): SsoToken => ({
  startUrl: SESSION.startUrl,
  region: 'us-east-1',
  accessToken: 'token-0',
  expiresAt: clock.at + 3_600_000,
  clientId: 'client-0',
  clientSecret: 'secret-0',
  registrationExpiresAt: REGISTRATION_ENDS,
  refreshToken: 'refresh-0',
  ...over,
});
/** A token that nothing can renew. */
const bare = (expiresAt: number): SsoToken => {
  const { startUrl, region } = SESSION;
  return { startUrl, region, accessToken: 'token-0', expiresAt };
};

beforeEach(() => {
  home = new TempHome();
  clock = new JumpingClock();
  changes = [];
});
afterEach(async () => {
  signIn.dispose();
  cache.dispose();
  clients.dispose();
  await server.close();
  home.remove();
});

describe('signing in by device code', () => {
  it('shows the code, waits for its confirmation, and leaves the token to the CLI', async () => {
    await room({ 'POST /token': inTurn(PENDING, SLOW_DOWN, PENDING, tokenReply(1)) });
    const shown: DeviceVerification[] = [];
    await signIn.signIn(SESSION, { onVerification: verification => shown.push(verification) });
    expect(shown).toEqual([
      {
        userCode: 'ABCD-EFGH',
        verificationUri: 'https://device.example/',
        verificationUriComplete: 'https://device.example/?user_code=ABCD-EFGH',
        expiresAt: Date.parse('2026-11-23T08:10:00Z'),
      },
    ]);
    // The server's interval, and five seconds more from slow_down on.
    expect(clock.waits).toEqual([1000, 1000, 6000, 6000]);
    expect(json(server.received[0])).toEqual({
      clientName: 'jit-access-ec2',
      clientType: 'public',
      scopes: ['sso:account:access'],
    });
    expect(json(server.received.at(-1))).toMatchObject({
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: 'device-1',
    });
    expect(await cache.find(SESSION)).toEqual({
      startUrl: SESSION.startUrl,
      region: 'us-east-1',
      accessToken: 'token-1',
      expiresAt: clock.at + 3_600_000,
      clientId: 'client-1',
      clientSecret: 'secret-1',
      registrationExpiresAt: REGISTRATION_ENDS,
      refreshToken: 'refresh-1',
    });
    expect(await signIn.state(SESSION)).toEqual({
      kind: 'signedIn',
      expiresAt: clock.at + 3_600_000,
      renews: true,
    });
    expect(changes).toEqual(['myco']);
  });

  it.each([
    ['sign-in-denied', fault('AccessDeniedException', 'no', 400, { error: 'access_denied' })],
    ['sign-in-expired', fault('ExpiredTokenException', 'late', 400, { error: 'expired_token' })],
    ['sign-in-failed', fault('InvalidGrantException', 'what', 400, { error: 'invalid_grant' })],
  ] as const)('ends with %s', async (code, reply) => {
    await room({ 'POST /token': inTurn(PENDING, reply) });
    await expect(signIn.signIn(SESSION, {})).rejects.toMatchObject({ code });
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedOut' });
    expect(changes).toEqual([]);
  });

  it('gives up when the code has run out', async () => {
    await room({ 'POST /token': () => PENDING });
    await expect(signIn.signIn(SESSION, {})).rejects.toMatchObject({ code: 'sign-in-expired' });
    expect(clock.at).toBe(Date.parse('2026-11-23T08:10:00Z'));
  });

  it('is cancelled between two questions', async () => {
    const abort = new AbortController();
    await room({
      'POST /token': () => {
        abort.abort();
        return PENDING;
      },
    });
    await expect(signIn.signIn(SESSION, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await cache.find(SESSION)).toBeUndefined();
  });

  it('says that the service cannot be reached', async () => {
    await room();
    await server.close();
    await expect(signIn.signIn(SESSION, {})).rejects.toMatchObject({ code: 'network' });
  });

  it('prompts once however many wait, and goes on while one of them does', async () => {
    let confirm = () => {};
    const confirmed = new Promise<void>(resolve => (confirm = resolve));
    await room({ 'POST /token': () => confirmed.then(() => tokenReply(1)) });
    const leaving = new AbortController();
    const shown: string[] = [];
    const first = signIn.signIn(SESSION, {
      signal: leaving.signal,
      onVerification: () => shown.push('first'),
    });
    let second: Promise<void> | undefined;
    await new Promise<void>(resolve => {
      second = signIn.signIn(SESSION, {
        onVerification: () => {
          shown.push('second');
          resolve();
        },
      });
    });
    const third = signIn.signIn(SESSION, { onVerification: () => shown.push('third, at once') });
    expect(shown).toEqual(['first', 'second', 'third, at once']);
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    confirm();
    await Promise.all([second, third]);
    expect(server.operations().filter(one => one === 'POST /device_authorization')).toHaveLength(1);
    expect(await signIn.accessToken(SESSION)).toBe('token-1');
  });

  it('uses an earlier registration while it lasts', async () => {
    await room();
    await cache.store(SESSION, stored({ expiresAt: clock.at - 1 }));
    await signIn.signIn(SESSION, {});
    expect(server.operations()).toEqual(['POST /device_authorization', 'POST /token']);
    expect(json(server.received[0])).toMatchObject({ clientId: 'client-0', clientSecret: 'secret-0' });
  });

  it('makes a new registration when the service does not take the old one', async () => {
    await room({
      'POST /device_authorization': inTurn(fault('UnauthorizedClientException', 'other grant'), {
        body: {
          deviceCode: 'd',
          userCode: 'U',
          verificationUri: 'https://device.example/',
          expiresIn: 60,
          interval: 1,
        },
      }),
    });
    await cache.store(SESSION, stored());
    await signIn.signIn(SESSION, {});
    expect(server.operations()).toEqual([
      'POST /device_authorization',
      'POST /client/register',
      'POST /device_authorization',
      'POST /token',
    ]);
    expect((await cache.find(SESSION))?.clientId).toBe('client-1');
  });

  it('asks a legacy session for no scopes', async () => {
    await room();
    await signIn.signIn({ ...SESSION, cacheKey: SESSION.startUrl, scopes: [] }, {});
    expect(json(server.received[0])).not.toHaveProperty('scopes');
  });
});

describe('the access token', () => {
  it('is handed out while it lasts, without asking anyone', async () => {
    await room();
    await cache.store(SESSION, stored());
    expect(await signIn.accessToken(SESSION)).toBe('token-0');
    expect(server.received).toEqual([]);
  });

  it('is renewed once for all who want it, shortly before its end', async () => {
    await room();
    await cache.store(SESSION, stored({ expiresAt: clock.at + 4 * 60_000 }));
    const tokens = await Promise.all([signIn.accessToken(SESSION), signIn.accessToken(SESSION)]);
    expect(tokens).toEqual(['token-1', 'token-1']);
    expect(server.operations()).toEqual(['POST /token']);
    expect(json(server.received[0])).toMatchObject({
      grantType: 'refresh_token',
      refreshToken: 'refresh-0',
      clientId: 'client-0',
    });
    expect(await cache.find(SESSION)).toMatchObject({ accessToken: 'token-1', refreshToken: 'refresh-1' });
    expect(changes).toEqual(['myco']);
  });

  it('is not renewed again by whoever had looked before it was, and learns of it late', async () => {
    await room();
    await cache.store(SESSION, stored({ expiresAt: clock.at + 4 * 60_000 }));
    const disk = deferred();
    const find = cache.find.bind(cache);
    vi.spyOn(cache, 'find').mockImplementationOnce(async session => {
      const found = await find(session);
      await disk.promise;
      return found;
    });
    const late = signIn.accessToken(SESSION);
    expect(await signIn.accessToken(SESSION)).toBe('token-1');
    disk.resolve();
    expect(await late).toBe('token-1');
    expect(server.operations()).toEqual(['POST /token']);
  });

  it('keeps the refresh token where the service gives no new one', async () => {
    await room({ 'POST /token': () => ({ body: { accessToken: 'token-1', expiresIn: 3600 } }) });
    await cache.store(SESSION, stored({ expiresAt: clock.at }));
    await signIn.accessToken(SESSION);
    expect(await cache.find(SESSION)).toMatchObject({ refreshToken: 'refresh-0' });
  });

  it('is no more when renewing is refused: signed out, said so, and not tried again', async () => {
    await room({
      'POST /token': () => fault('InvalidGrantException', 'revoked', 400, { error: 'invalid_grant' }),
    });
    await cache.store(SESSION, stored({ expiresAt: clock.at - 1000 }));
    expect(await signIn.state(SESSION)).toMatchObject({ kind: 'signedIn', renews: true });
    await expect(signIn.accessToken(SESSION)).rejects.toMatchObject({
      code: 'signed-out',
      message: expect.stringContaining('could not be renewed'),
    });
    expect(changes).toEqual(['myco']);
    expect(await signIn.state(SESSION)).toEqual({ kind: 'expired', expiredAt: clock.at - 1000 });
    await expect(signIn.accessToken(SESSION)).rejects.toMatchObject({ code: 'signed-out' });
    expect(server.operations()).toEqual(['POST /token']);
  });

  it('is the one that another program has renewed meanwhile', async () => {
    await room({
      'POST /token': async () => {
        await cache.store(SESSION, stored({ accessToken: 'token-of-the-cli', refreshToken: 'refresh-1' }));
        return fault('InvalidGrantException', 'used', 400, { error: 'invalid_grant' });
      },
    });
    await cache.store(SESSION, stored({ expiresAt: clock.at - 1000 }));
    expect(await signIn.accessToken(SESSION)).toBe('token-of-the-cli');
    expect(await signIn.state(SESSION)).toMatchObject({ kind: 'signedIn', renews: true });
  });

  it('serves to its end when renewing it fails early', async () => {
    await room({
      'POST /token': () => fault('InvalidGrantException', 'revoked', 400, { error: 'invalid_grant' }),
    });
    await cache.store(SESSION, stored({ expiresAt: clock.at + 60_000 }));
    expect(await signIn.accessToken(SESSION)).toBe('token-0');
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedIn', expiresAt: clock.at + 60_000 });
  });

  it('does not mistake a lost line for a lost sign-in', async () => {
    await room();
    await cache.store(SESSION, stored({ expiresAt: clock.at - 1000 }));
    await server.close();
    await expect(signIn.accessToken(SESSION)).rejects.toMatchObject({ code: 'network' });
    expect(await signIn.state(SESSION)).toMatchObject({ kind: 'signedIn', renews: true });
  });

  it.each([
    ['nobody has signed in', undefined, { kind: 'signedOut' }],
    ['it ran out', -1000, { kind: 'expired' }],
  ] as const)('is refused when %s', async (_why, left, state) => {
    await room();
    if (left !== undefined) await cache.store(SESSION, bare(clock.at + left));
    await expect(signIn.accessToken(SESSION)).rejects.toMatchObject({ code: 'signed-out' });
    expect(await signIn.state(SESSION)).toMatchObject(state);
    expect(server.received).toEqual([]);
  });

  it('is not handed out again once AWS refused it, until someone signs in', async () => {
    await room();
    await cache.store(SESSION, bare(clock.at + 3_600_000));
    signIn.refuse(SESSION, 'token-0');
    signIn.refuse(SESSION, 'token-0');
    expect(changes).toEqual(['myco']);
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedOut' });
    await expect(signIn.accessToken(SESSION)).rejects.toMatchObject({ code: 'signed-out' });
    await cache.store(SESSION, { ...bare(clock.at + 3_600_000), accessToken: 'token-from-cli' });
    expect(await signIn.accessToken(SESSION)).toBe('token-from-cli');
  });
});

describe('signing out', () => {
  it('ends the sign-in at AWS and here', async () => {
    await room();
    await cache.store(SESSION, stored());
    await signIn.signOut(SESSION);
    expect(server.operations()).toEqual(['POST /logout']);
    expect(server.received[0]?.headers['x-amz-sso_bearer_token']).toBe('token-0');
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedOut' });
    expect(changes).toEqual(['myco']);
  });

  it('ends it here also when AWS does not answer well', async () => {
    await room({ 'POST /logout': () => fault('UnauthorizedException', 'who?', 401) });
    await cache.store(SESSION, stored());
    await signIn.signOut(SESSION);
    expect(await cache.find(SESSION)).toBeUndefined();
  });
});

describe('another program', () => {
  it('signing in or out is noticed, for the session concerned', async () => {
    await room();
    const other = { ...SESSION, cacheKey: 'other', label: 'other' };
    expect(await signIn.state(SESSION)).toEqual({ kind: 'signedOut' });
    expect(await signIn.state(other)).toEqual({ kind: 'signedOut' });
    cache.watch();
    const changed = () =>
      new Promise<string>(resolve => {
        const subscription = signIn.onDidChange(session => {
          subscription.dispose();
          resolve(session.label);
        });
      });
    let next = changed();
    const cli = new SsoTokenCache({ env: home.env, log: silentLog });
    await cli.store(other, stored());
    expect(await next).toBe('other');
    expect(await signIn.state(other)).toMatchObject({ kind: 'signedIn' });
    next = changed();
    rmSync(cli.pathOf(other));
    expect(await next).toBe('other');
    expect(changes).toEqual(['other', 'other']);
    cli.dispose();
  });
});
