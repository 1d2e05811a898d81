import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SsoSession } from '../../../src/access/profile';
import { AwsClients } from '../../../src/aws/clients';
import { SsoSignIn } from '../../../src/aws/ssoSignIn';
import { SsoTokenCache } from '../../../src/aws/ssoTokenCache';
import { silentLog } from '../../../src/base/log';
import { json, startSignInServer } from './support/signInServer';
import { TempHome } from './support/tempHome';
import type { TestServer } from './support/testServer';
import { FakeClock } from '../../support/access/fakeClock';

const SESSION: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: ['sso:account:access'],
};

let home: TempHome;
let server: TestServer;
let cache: SsoTokenCache;
let clients: AwsClients;
let signIn: SsoSignIn;
let clock: FakeClock;

beforeEach(async () => {
  home = new TempHome();
  server = await startSignInServer();
  clock = new FakeClock();
  const env = { ...home.env, AWS_ENDPOINT_URL: server.url };
  cache = new SsoTokenCache({ env, log: silentLog });
  clients = new AwsClients({ env, log: silentLog, clock });
  signIn = new SsoSignIn({ cache, clients, clock, log: silentLog });
});
afterEach(async () => {
  signIn.dispose();
  cache.dispose();
  clients.dispose();
  await server.close();
  home.remove();
});

/** Begins, and gives the page that the browser is to open. */
function begin(signal?: AbortSignal): { page: Promise<URL>; done: Promise<void> } {
  let opened!: (url: URL) => void;
  const page = new Promise<URL>(resolve => (opened = resolve));
  const done = signIn.signIn(SESSION, { signal, onAuthorizationPage: url => opened(new URL(url)) });
  return { page, done };
}

/** What the browser does when the page sends it back. */
function comeBack(page: URL, answer: Record<string, string>): Promise<Response> {
  const target = new URL(page.searchParams.get('redirect_uri') ?? '');
  target.search = new URLSearchParams(answer).toString();
  return fetch(target);
}

describe('signing in by authorization code', () => {
  it('opens the page with a challenge, and trades the code that comes back with its proof', async () => {
    const { page, done } = begin();
    const url = await page;
    expect(url.origin + url.pathname).toBe(`${server.url}/authorize`);
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      response_type: 'code',
      client_id: 'client-1',
      code_challenge_method: 'S256',
      scopes: 'sso:account:access',
    });
    expect(query.redirect_uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/);
    expect(json(server.received[0])).toMatchObject({
      redirectUris: ['http://127.0.0.1/oauth/callback'],
      grantTypes: ['authorization_code', 'refresh_token'],
      issuerUrl: SESSION.startUrl,
    });
    const response = await comeBack(url, { code: 'code-1', state: query.state ?? '' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('You are signed in');
    await done;
    const sent = json(server.received.at(-1));
    expect(sent).toMatchObject({
      grantType: 'authorization_code',
      code: 'code-1',
      redirectUri: query.redirect_uri,
    });
    expect(createHash('sha256').update(String(sent.codeVerifier)).digest('base64url')).toBe(
      query.code_challenge,
    );
    expect(await signIn.accessToken(SESSION)).toBe('token-1');
    // The port is open no longer than it is needed.
    await expect(comeBack(url, { code: 'again', state: query.state ?? '' })).rejects.toThrow();
  });

  it('takes no answer that does not know its state, and waits on', async () => {
    const { page, done } = begin();
    const url = await page;
    expect((await comeBack(url, { code: 'stolen', state: 'guess' })).status).toBe(400);
    const stray = await fetch(new URL('/favicon.ico', url.searchParams.get('redirect_uri') ?? ''));
    expect(stray.status).toBe(404);
    await comeBack(url, { code: 'code-1', state: url.searchParams.get('state') ?? '' });
    await done;
    expect(json(server.received.at(-1)).code).toBe('code-1');
  });

  it.each([
    ['access_denied', 'sign-in-denied'],
    ['server_error', 'sign-in-failed'],
  ])('ends with %s as %s', async (error, code) => {
    const { page, done } = begin();
    const outcome = expect(done).rejects.toMatchObject({
      code,
      message: expect.stringContaining('so it said'),
    });
    const url = await page;
    const state = url.searchParams.get('state') ?? '';
    await comeBack(url, { error, error_description: 'so it said', state });
    await outcome;
    expect(await cache.find(SESSION)).toBeUndefined();
  });

  it('closes its port when the browser does not come back', async () => {
    const { page, done } = begin();
    const outcome = expect(done).rejects.toMatchObject({
      code: 'sign-in-expired',
      details: { ssoSession: 'myco' },
    });
    const url = await page;
    await clock.advance(10 * 60_000);
    await outcome;
    await expect(
      comeBack(url, { code: 'late', state: url.searchParams.get('state') ?? '' }),
    ).rejects.toThrow();
  });

  it('is cancelled while the page is open', async () => {
    const abort = new AbortController();
    const { page, done } = begin(abort.signal);
    const outcome = expect(done).rejects.toMatchObject({ code: 'cancelled' });
    await page;
    abort.abort();
    await outcome;
  });
});
