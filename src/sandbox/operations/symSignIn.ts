import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { question, result, userOf } from '../pages/signInSheets';
import { header, html, json, redirect, type HttpCall, type HttpReply } from '../server/http';
import type { SymTokens } from '../state/symTokens';
import { SYM_ORG } from '../world/symCatalogue';

/** Under a path of its own: `/authorize` without it is Identity Center's. */
export const SYM_AUTH_PATH = '/sym';
/** What a client must ask a token for. */
export const SYM_AUDIENCE = 'https://sym.myco.example/api';

const CLIENT_ID = 'sandbox-sym-cli';
const SCOPE = 'login:cli';
const CODE_MS = 60_000;
const TOKEN_SECONDS = 12 * 3600;
const HEAD = { name: SYM_ORG, service: 'Sym' };

interface Code {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly email: string;
  readonly expiresAt: number;
}

/** The sign-in of an organisation that uses Sym: its client id by slug, and OAuth's authorization code grant with PKCE. */
export class SymSignIn {
  readonly #tokens: SymTokens;
  readonly #clock: Clock;
  readonly #codes = new Map<string, Code>();

  constructor({ tokens, clock }: { tokens: SymTokens; clock: Clock }) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  handles({ method, url }: HttpCall): boolean {
    const { pathname } = url;
    return (
      (method === 'GET' && pathname.startsWith('/api/v1/auth/org/')) ||
      pathname === `${SYM_AUTH_PATH}/authorize` ||
      pathname === `${SYM_AUTH_PATH}/oauth/token`
    );
  }

  handle(call: HttpCall): HttpReply {
    const { pathname } = call.url;
    if (pathname === `${SYM_AUTH_PATH}/authorize`) return this.#authorize(call);
    if (pathname === `${SYM_AUTH_PATH}/oauth/token`) return this.#token(call);
    const slug = decodeURIComponent(pathname.split('/').at(-1) ?? '');
    if (slug === SYM_ORG) return json(200, { slug, client_id: CLIENT_ID });
    return json(404, { error: true, message: `Organization ${slug} was not found`, status_code: 404 });
  }

  #authorize(call: HttpCall): HttpReply {
    const site = header(call, 'sec-fetch-site');
    if (call.method === 'POST' && site !== undefined && site !== 'same-origin' && site !== 'none') {
      return json(403, { message: 'The confirmation must come from this page' });
    }
    const query = call.url.searchParams;
    const problem = problemOf(query);
    // Nobody is sent back to an address that is not proven.
    if (problem !== undefined) return html(400, result('Cannot sign in', problem, 'bad', HEAD));
    if (call.method !== 'POST') {
      return html(
        200,
        question({
          action: `authorize${call.url.search}`,
          clientName: 'the Sym CLI',
          hidden: {},
          org: HEAD,
        }),
      );
    }
    const form = new URLSearchParams(call.body.toString('utf8'));
    const target = new URL(query.get('redirect_uri') ?? '');
    target.searchParams.set('state', query.get('state') ?? '');
    if (form.get('decision') !== 'allow') {
      target.searchParams.set('error', 'access_denied');
      return redirect(target.href);
    }
    const code = randomUUID();
    this.#codes.set(code, {
      redirectUri: query.get('redirect_uri') ?? '',
      challenge: query.get('code_challenge') ?? '',
      email: userOf(form).email,
      expiresAt: this.#clock.now() + CODE_MS,
    });
    target.searchParams.set('code', code);
    return redirect(target.href);
  }

  #token(call: HttpCall): HttpReply {
    const refuse = (error: string, description: string) =>
      json(error === 'invalid_grant' ? 403 : 400, { error, error_description: description });
    if (!header(call, 'content-type')?.startsWith('application/x-www-form-urlencoded')) {
      return refuse('invalid_request', 'The body must be a form');
    }
    const form = new URLSearchParams(call.body.toString('utf8'));
    if (call.method !== 'POST' || form.get('grant_type') !== 'authorization_code') {
      return refuse('unsupported_grant_type', 'Only the authorization code grant is offered');
    }
    const id = form.get('code') ?? '';
    const code = this.#codes.get(id);
    // A code serves once, whatever comes of it.
    this.#codes.delete(id);
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      code === undefined ||
      code.expiresAt <= this.#clock.now() ||
      form.get('client_id') !== CLIENT_ID ||
      form.get('redirect_uri') !== code.redirectUri ||
      !sameText(verifier, code.challenge)
    ) {
      return refuse('invalid_grant', 'Invalid authorization code');
    }
    return json(200, {
      access_token: this.#tokens.mint({ email: code.email, role: 'member' }, TOKEN_SECONDS * 1000),
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      scope: SCOPE,
    });
  }
}

/** What is wrong with the question that a browser brings, if anything. */
function problemOf(query: URLSearchParams): string | undefined {
  if (query.get('client_id') !== CLIENT_ID) return 'The client is not known';
  if (!/^http:\/\/localhost:110(0[1-9]|10)\/callback$/.test(query.get('redirect_uri') ?? '')) {
    return 'The redirect is not one of http://localhost:11001/callback and the next nine ports';
  }
  if (query.get('response_type') !== 'code') return 'Only response_type=code is offered';
  if (query.get('code_challenge_method') !== 'S256' || !query.get('code_challenge')) {
    return 'An S256 code_challenge is required';
  }
  if (query.get('audience') !== SYM_AUDIENCE) return 'The audience is not known';
  if (query.get('scope') !== SCOPE) return `The scope must be ${SCOPE}`;
  return undefined;
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
