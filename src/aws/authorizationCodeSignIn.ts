import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError } from '../base/errors';
import type { OidcClient } from './oidcClient';
import type { SsoToken } from './ssoTokenCache';

const CALLBACK_PATH = '/oauth/callback';

/** Registered without a port: for loopback the service lets any port follow (RFC 8252, 7.3). */
const REGISTERED_REDIRECT = `http://127.0.0.1${CALLBACK_PATH}`;

/** As long as a device code is good for: a browser that has not come back by then will not, and no port stays open for it. */
const PATIENCE_MS = 10 * 60_000;

/**
 * The authorization code grant with PKCE (RFC 7636), answered on a loopback port of our own. `onPage` is told the page to open.
 * Throws `AppError`: `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `network`, `cancelled`.
 */
export async function signInByAuthorizationCode(
  oidc: OidcClient,
  clock: Clock,
  onPage: (url: string) => void,
  { signal }: CallOptions = {},
): Promise<SsoToken> {
  const state = randomBytes(24).toString('base64url');
  const codeVerifier = randomBytes(48).toString('base64url');
  const registration = await oidc.register({ signal, redirectUri: REGISTERED_REDIRECT });
  const callback = await listen(clock, state, signal);
  try {
    const redirectUri = `http://127.0.0.1:${callback.port}${CALLBACK_PATH}`;
    const page = new URL(`${await oidc.baseUrl()}/authorize`);
    page.search = new URLSearchParams({
      response_type: 'code',
      client_id: registration.clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      scopes: oidc.session.scopes.join(' '),
    }).toString();
    onPage(page.href);
    const code = await callback.code;
    return await oidc.createToken(
      registration,
      { grantType: 'authorization_code', code, codeVerifier, redirectUri },
      { signal },
    );
  } finally {
    callback.close();
  }
}

interface Callback {
  readonly port: number;
  readonly code: Promise<string>;
  close(): void;
}

/** Waits on loopback for the browser to come back. Requests that do not carry our state are answered and ignored. */
async function listen(clock: Clock, state: string, signal: AbortSignal | undefined): Promise<Callback> {
  throwIfCancelled(signal);
  let settle!: { resolve: (code: string) => void; reject: (failure: AppError) => void };
  const code = new Promise<string>((resolve, reject) => (settle = { resolve, reject }));
  // The caller may leave before it waits for the code.
  code.catch(() => undefined);
  const server = createServer((request, response) => answer(request, response, state, settle));
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(new AppError('sign-in-failed', 'No local port to come back to.', { cause: error })),
    );
    server.listen(0, '127.0.0.1', resolve);
  });
  const onAbort = () => settle.reject(new AppError('cancelled', 'Cancelled', { cause: signal?.reason }));
  signal?.addEventListener('abort', onAbort, { once: true });
  const patience = clock.schedule(PATIENCE_MS, () =>
    settle.reject(new AppError('sign-in-expired', 'The browser did not come back in time.')),
  );
  return {
    port: (server.address() as { readonly port: number }).port,
    code,
    close() {
      signal?.removeEventListener('abort', onAbort);
      patience.dispose();
      server.close();
      server.closeIdleConnections();
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: string,
  settle: { resolve: (code: string) => void; reject: (failure: AppError) => void },
): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const reply = (status: number, text: string) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(text);
  };
  if (url.pathname !== CALLBACK_PATH) return reply(404, 'Not found');
  // Any page could send a browser here; only the one we opened knows the state (RFC 6749, 10.12).
  if (url.searchParams.get('state') !== state)
    return reply(400, 'This is not the answer that was waited for.');
  const code = url.searchParams.get('code');
  if (code) {
    reply(200, 'You are signed in. This page can be closed; go back to the editor.');
    settle.resolve(code);
    return;
  }
  const error = url.searchParams.get('error') ?? 'no code';
  reply(200, 'You are not signed in. This page can be closed.');
  const description = url.searchParams.get('error_description') ?? error;
  const errorCode = error === 'access_denied' ? 'sign-in-denied' : 'sign-in-failed';
  settle.reject(
    new AppError(errorCode, `The sign-in page answered: ${description}`, { details: { oauthError: error } }),
  );
}
