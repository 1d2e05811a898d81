import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError, isAppError, messageOf } from '../base/errors';
import { listenForCallback } from '../base/loopbackCallback';
import type { StoredSymToken } from './storedSymToken';
import { symApiRoot, symAuthRoot } from './symBaseUrl';

/** What the organisation has to say before anybody can sign in there. Nothing of it has a default. */
export interface SymSignInPlace {
  /** The API's address, as for every call. */
  readonly apiUrl: string | undefined;
  /** The organisation's slug. */
  readonly organization: string;
  /** The host of the OAuth sign-in. */
  readonly authUrl: string;
  /** What the token is for, as the organisation's identity provider names it. */
  readonly audience: string;
}

export interface SymSignInDeps {
  readonly clock: Clock;
  /** `globalThis.fetch` unless told. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long one call may take; 15 seconds unless told. */
  readonly timeoutMs?: number;
}

/** The redirects that the vendor's own client has registered: `http://localhost:11001/callback` and the next nine ports. */
export const CALLBACK_PORTS: readonly number[] = Array.from({ length: 10 }, (_, index) => 11_001 + index);
const CALLBACK_PATH = '/callback';
const SCOPE = 'login:cli';

const organization = z.object({ slug: z.string().min(1), client_id: z.string().min(1) });
const tokens = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().nullish() });
const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

const SYM = { broker: 'sym' } as const;

/**
 * Signs in as the vendor's own client does: the organisation's client id from `GET /auth/org/{slug}`, then OAuth's authorization code
 * grant with PKCE (RFC 7636, S256), answered on a loopback port. `onPage` is told the page to open. Throws `AppError`:
 * `broker-not-configured`, `endpoint-refused`, `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `broker-unavailable`, `cancelled`.
 */
export async function signInToSym(
  place: SymSignInPlace,
  deps: SymSignInDeps,
  onPage: (url: string) => void,
  { signal }: CallOptions = {},
): Promise<StoredSymToken> {
  const api = symApiRoot(place.apiUrl);
  const auth = symAuthRoot(place.authUrl);
  const known = await answerOf(
    deps,
    `${api}/auth/org/${encodeURIComponent(place.organization)}`,
    { headers: { accept: 'application/json' } },
    organization,
    signal,
  );
  const state = randomBytes(24).toString('base64url');
  // 96 bytes make the 128 characters that the vendor's client uses and RFC 7636 allows at most.
  const codeVerifier = randomBytes(96).toString('base64url');
  try {
    const callback = await listenForCallback(
      { path: CALLBACK_PATH, ports: CALLBACK_PORTS, state, clock: deps.clock },
      { signal },
    );
    try {
      const redirectUri = `http://localhost:${callback.port}${CALLBACK_PATH}`;
      const page = new URL(`${auth}/authorize`);
      page.search = new URLSearchParams({
        response_type: 'code',
        client_id: known.client_id,
        audience: place.audience,
        scope: SCOPE,
        state,
        prompt: 'login',
        redirect_uri: redirectUri,
        code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString();
      onPage(page.href);
      const code = await callback.code;
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: known.client_id,
        code,
        code_verifier: codeVerifier,
        redirect_uri: redirectUri,
      });
      const issued = await answerOf(
        deps,
        `${auth}/oauth/token`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body: form.toString(),
        },
        tokens,
        signal,
      );
      return {
        token: issued.access_token,
        organization: known.slug,
        ...(issued.expires_in ? { expiresAt: deps.clock.now() + issued.expires_in * 1000 } : {}),
      };
    } finally {
      callback.close();
    }
  } catch (failure) {
    // The loopback's failures know nothing of who is signed in to; the way out depends on it.
    if (!isAppError(failure) || failure.code === 'cancelled' || 'broker' in failure.details) throw failure;
    throw new AppError(failure.code, failure.message, {
      cause: failure.cause,
      details: { ...failure.details, ...SYM },
    });
  }
}

async function answerOf<T>(
  { fetch = globalThis.fetch, timeoutMs = 15_000 }: SymSignInDeps,
  url: string,
  init: RequestInit,
  schema: z.ZodType<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  let status: number;
  let text: string;
  try {
    const timed = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, {
      ...init,
      // A redirect would take code and verifier elsewhere.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timed]) : timed,
    });
    status = response.status;
    text = await response.text();
  } catch (failure) {
    throwIfCancelled(signal);
    const cause = failure instanceof Error && failure.cause !== undefined ? failure.cause : failure;
    throw new AppError('broker-unavailable', `Sym’s sign-in cannot be reached: ${messageOf(cause)}`, {
      cause: failure,
      details: SYM,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A proxy's page, say: the schema below turns it away. The text may hold a token and goes no further.
    value = undefined;
  }
  if (status >= 500) {
    throw new AppError('broker-unavailable', `Sym’s sign-in answered ${status}`, { details: SYM });
  }
  if (status < 200 || status > 299) {
    const refused = refusal.safeParse(value);
    const words = refused.success ? (refused.data.error_description ?? refused.data.error) : undefined;
    throw new AppError('sign-in-failed', words ?? `Sym’s sign-in answered ${status}`, {
      details: { ...SYM, status: String(status) },
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'sign-in-failed',
    'The answer does not read like Sym’s sign-in; are the addresses right?',
    {
      details: SYM,
    },
  );
}
