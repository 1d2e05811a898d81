import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import { Sandbox, type SandboxEnvironment } from '../../src/sandbox/sandbox';
import { SymClient } from '../../src/sym/symClient';
import { signInToSym } from '../../src/sym/symSignIn';

const VERIFIER = 'v'.repeat(128);
const REDIRECT = 'http://localhost:11007/callback';

describe('the sandbox’s sign-in of an organisation', () => {
  const sandbox = new Sandbox();
  let env: SandboxEnvironment;

  beforeAll(async () => {
    env = await sandbox.start();
  });
  afterAll(() => sandbox.stop());

  const question = (over: Record<string, string> = {}) =>
    `${env.SYM_AUTH_URL}/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: 'sandbox-sym-cli',
      audience: env.SYM_AUDIENCE,
      scope: 'login:cli',
      state: 'of-the-test',
      prompt: 'login',
      redirect_uri: REDIRECT,
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
      ...over,
    }).toString()}`;
  const decide = (decision: string, url = question()) =>
    fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ decision, user: 'ana@myco.example' }),
    });
  const codeOf = (answer: Response) =>
    new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const trade = (over: Record<string, string>) =>
    fetch(`${env.SYM_AUTH_URL}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'sandbox-sym-cli',
        code_verifier: VERIFIER,
        redirect_uri: REDIRECT,
        ...over,
      }),
    });

  it('names the client of the organisation it knows, without a token', async () => {
    const known = await fetch(`${env.SYM_API_URL}/api/v1/auth/org/acme`);
    expect(await known.json()).toEqual({ slug: 'acme', client_id: 'sandbox-sym-cli' });
    expect((await fetch(`${env.SYM_API_URL}/api/v1/auth/org/other`)).status).toBe(404);
  });

  it('hands out a token for a code and its proof, once', async () => {
    const answer = await decide('allow');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(
      /^http:\/\/localhost:11007\/callback\?state=of-the-test&code=/,
    );
    const code = codeOf(answer);
    const issued = (await (await trade({ code })).json()) as Record<string, unknown>;
    expect(issued).toMatchObject({ token_type: 'Bearer', scope: 'login:cli', expires_in: 43_200 });
    expect(sandbox.symTokens.read(String(issued['access_token']))).toMatchObject({
      email: 'ana@myco.example',
    });
    expect((await trade({ code })).status).toBe(403);
  });

  it.each([
    ['another verifier', { code_verifier: 'w'.repeat(128) }],
    ['another redirect', { redirect_uri: 'http://localhost:11001/callback' }],
    ['another client', { client_id: 'other' }],
  ])('hands out nothing for %s, and the code is spent', async (_, over) => {
    const code = codeOf(await decide('allow'));
    expect((await trade({ code, ...over })).status).toBe(403);
    expect((await trade({ code })).status).toBe(403);
  });

  it('tells the client of a refusal', async () => {
    const answer = await decide('deny');
    expect(answer.headers.get('location')).toBe(`${REDIRECT}?state=of-the-test&error=access_denied`);
  });

  it.each([
    ['an unknown client', { client_id: 'other' }],
    ['a redirect elsewhere', { redirect_uri: 'https://evil.example/callback' }],
    ['a port that is not registered', { redirect_uri: 'http://localhost:11011/callback' }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['another audience', { audience: 'https://other.example' }],
    ['another scope', { scope: 'admin' }],
  ])('sends nobody back for %s', async (_, over) => {
    const answer = await decide('allow', question(over));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
  });

  it('signs our own client in, and the token is good for the API', async () => {
    const stored = await signInToSym(
      {
        apiUrl: env.SYM_API_URL,
        organization: env.SYM_ORG,
        authUrl: env.SYM_AUTH_URL,
        audience: env.SYM_AUDIENCE,
      },
      { clock: systemClock },
      url => {
        void decide('allow', url).then(answer => {
          const back = new URL(answer.headers.get('location') ?? '');
          back.hostname = '127.0.0.1';
          return fetch(back);
        });
      },
    );
    expect(stored.organization).toBe('acme');
    expect((stored.expiresAt ?? 0) - Date.now()).toBeGreaterThan(40_000_000);
    const client = new SymClient({
      baseUrl: () => env.SYM_API_URL,
      token: () => Promise.resolve(stored.token),
      clock: systemClock,
      log: silentLog,
    });
    await expect(client.run('unknown')).rejects.toMatchObject({ code: 'broker-refused' });
  });
});
