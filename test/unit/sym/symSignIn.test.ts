import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALLBACK_PORTS, signInToSym, type SymSignInPlace } from '../../../src/sym/symSignIn';
import type { StoredSymToken } from '../../../src/sym/storedSymToken';
import { FakeClock } from '../../support/access/fakeClock';
import { startServer, type Answer, type TestServer } from '../aws/support/testServer';

const organization = { slug: 'acme', client_id: 'client-1' };

describe('signing in to Sym through the browser', () => {
  let server: TestServer;
  let clock: FakeClock;
  /** In place of the usual answers. */
  let instead: Answer | undefined;
  let place: SymSignInPlace;

  beforeEach(async () => {
    instead = undefined;
    clock = new FakeClock();
    server = await startServer(async request => {
      if (instead) return instead(request);
      if (request.operation === 'GET /api/v1/auth/org/acme') return { body: organization };
      if (request.operation === 'POST /auth/oauth/token') {
        return { body: { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 3600 } };
      }
      return { status: 404, body: { error: 'not_found' } };
    });
    place = {
      apiUrl: server.url,
      organization: 'acme',
      authUrl: `${server.url}/auth/`,
      audience: 'https://sym.myco.example/api',
    };
  });
  afterEach(() => server.close());

  function begin(signal?: AbortSignal, over: Partial<SymSignInPlace> = {}) {
    let opened!: (url: URL) => void;
    const page = new Promise<URL>(resolve => (opened = resolve));
    const done: Promise<StoredSymToken> = signInToSym(
      { ...place, ...over },
      { clock },
      url => opened(new URL(url)),
      { signal },
    );
    return { page, done };
  }

  function comeBack(page: URL, answer: Record<string, string>): Promise<Response> {
    const target = new URL(page.searchParams.get('redirect_uri') ?? '');
    // The name may lead to the other loopback address first; a browser tries both.
    target.hostname = '127.0.0.1';
    target.search = new URLSearchParams(answer).toString();
    return fetch(target);
  }

  it('asks for the organisation without a token, and opens its page with a challenge', async () => {
    const { page, done } = begin();
    const url = await page;
    expect(server.received[0]?.headers.authorization).toBeUndefined();
    expect(url.origin + url.pathname).toBe(`${server.url}/auth/authorize`);
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      response_type: 'code',
      client_id: 'client-1',
      audience: place.audience,
      scope: 'login:cli',
      prompt: 'login',
      code_challenge_method: 'S256',
    });
    const response = await comeBack(url, { code: 'code-1', state: query['state'] ?? '' });
    expect(await response.text()).toContain('You are signed in');
    expect(await done).toEqual({
      token: 'a.b.c',
      organization: 'acme',
      expiresAt: clock.now() + 3_600_000,
    });
    const sent = server.received.at(-1);
    expect(sent?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    const form = Object.fromEntries(new URLSearchParams(sent?.body));
    expect(form).toMatchObject({
      grant_type: 'authorization_code',
      client_id: 'client-1',
      code: 'code-1',
      redirect_uri: query['redirect_uri'],
    });
    const verifier = form['code_verifier'] ?? '';
    expect(verifier).toMatch(/^[\w-]{128}$/);
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(query['code_challenge']);
  });

  it('comes back to one of the ten registered ports, the next where one is taken', async () => {
    const first = begin();
    const redirect = (url: URL) => new URL(url.searchParams.get('redirect_uri') ?? '');
    const one = redirect(await first.page);
    expect(one.hostname).toBe('localhost');
    expect(one.pathname).toBe('/callback');
    expect(CALLBACK_PORTS).toContain(Number(one.port));
    const second = begin();
    const two = redirect(await second.page);
    expect(Number(two.port)).toBeGreaterThan(Number(one.port));
    for (const { page, done } of [first, second]) {
      const url = await page;
      const denied = expect(done).rejects.toMatchObject({
        code: 'sign-in-denied',
        details: { broker: 'sym' },
      });
      await comeBack(url, { error: 'access_denied', state: url.searchParams.get('state') ?? '' });
      await denied;
    }
  });

  it('fails when all ten are taken', async () => {
    const taken = await Promise.all(
      CALLBACK_PORTS.map(async port => {
        const server = createServer();
        // Another program, or another run of this test, may have it already: taken is taken.
        await new Promise<void>(resolve => {
          server.once('error', () => resolve());
          server.listen(port, '127.0.0.1', resolve);
        });
        return server;
      }),
    );
    try {
      await expect(begin().done).rejects.toMatchObject({
        code: 'sign-in-failed',
        details: { broker: 'sym' },
      });
    } finally {
      await Promise.all(taken.map(server => new Promise(resolve => server.close(resolve))));
    }
  });

  it('takes no answer without its state, and goes on waiting', async () => {
    const { page, done } = begin();
    const url = await page;
    for (const state of ['', 'of-another']) {
      expect((await comeBack(url, { code: 'forged', state })).status).toBe(400);
    }
    await comeBack(url, { code: 'code-1', state: url.searchParams.get('state') ?? '' });
    expect((await done).token).toBe('a.b.c');
    expect(new URLSearchParams(server.received.at(-1)?.body).get('code')).toBe('code-1');
  });

  it('keeps no end where the server names none', async () => {
    const usual = organization;
    instead = ({ method }) => ({ body: method === 'GET' ? usual : { access_token: 'a.b.c' } });
    const { page, done } = begin();
    const url = await page;
    await comeBack(url, { code: 'c', state: url.searchParams.get('state') ?? '' });
    expect(await done).toEqual({ token: 'a.b.c', organization: 'acme' });
  });

  it('gives up when the browser does not come back, and when it is cancelled', async () => {
    const waiting = begin();
    await waiting.page;
    const late = expect(waiting.done).rejects.toMatchObject({
      code: 'sign-in-expired',
      details: { broker: 'sym' },
    });
    await clock.advance(10 * 60_000);
    await late;
    const abort = new AbortController();
    const cancelled = begin(abort.signal);
    await cancelled.page;
    abort.abort();
    await expect(cancelled.done).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each([
    ['an unknown organisation', 404, { error: true, message: 'not found' }, 'sign-in-failed'],
    ['another shape', 200, { slug: 'acme' }, 'sign-in-failed'],
    ['no JSON', 200, '<html>guest network</html>', 'sign-in-failed'],
    ['a fault of the server', 503, {}, 'broker-unavailable'],
  ])('says what is wrong with the organisation’s answer: %s', async (_, status, body, code) => {
    instead = () => ({ status, body });
    await expect(begin().done).rejects.toMatchObject({ code, details: { broker: 'sym' } });
  });

  it('says in the server’s words why the code was not traded, and quotes nothing else', async () => {
    instead = ({ method }) =>
      method === 'GET'
        ? { body: organization }
        : { status: 403, body: { error: 'invalid_grant', error_description: 'Invalid authorization code' } };
    const { page, done } = begin();
    const failed = done.catch((thrown: unknown) => thrown);
    const url = await page;
    await comeBack(url, { code: 'the-code', state: url.searchParams.get('state') ?? '' });
    const failure = await failed;
    expect(failure).toMatchObject({ code: 'sign-in-failed', message: 'Invalid authorization code' });
    expect(JSON.stringify(failure)).not.toContain('the-code');
  });

  it.each([
    ['no API address', { apiUrl: undefined }, 'broker-not-configured'],
    ['plain http elsewhere', { authUrl: 'http://login.myco.example' }, 'endpoint-refused'],
    ['the vendor’s host', { authUrl: 'https://auth.symops.com' }, 'endpoint-refused'],
    ['a query', { authUrl: 'https://login.myco.example?x=1' }, 'endpoint-refused'],
    ['no URL', { authUrl: 'login' }, 'endpoint-refused'],
  ] as const)('sends nothing where the addresses are not to be trusted: %s', async (_, over, code) => {
    await expect(begin(undefined, over).done).rejects.toMatchObject({ code });
    expect(server.received).toEqual([]);
  });
});
