import { createHash, randomBytes } from 'node:crypto';
import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { listenForCallback } from '../base/loopbackCallback';
import type { OidcClient } from './oidcClient';
import type { SsoToken } from './ssoTokenCache';

const CALLBACK_PATH = '/oauth/callback';

/** Registered without a port: for loopback the service lets any port follow (RFC 8252, 7.3). */
const REGISTERED_REDIRECT = `http://127.0.0.1${CALLBACK_PATH}`;

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
  const callback = await listenForCallback({ path: CALLBACK_PATH, ports: [0], state, clock }, { signal });
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
