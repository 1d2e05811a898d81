import { AwsFault } from '../errors/awsFault';
import type { Clock } from '../../base/clock';
import { json, type HttpCall, type HttpReply } from '../server/http';
import type { Registration, SsoTokens, TokenPair } from '../state/ssoTokens';
import { POLL_INTERVAL_MS } from '../state/ssoTokens';
import { START_URL } from '../world/organization';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const KNOWN_SCOPES = new Set(['sso:account:access', 'openid', 'aws']);

/** A failure as the OIDC service words it: an OAuth error code and its description in place of a message. */
export class OidcFault extends AwsFault {
  constructor(code: string, error: string, description: string, status = 400) {
    super(code, description, { status, fields: { error, error_description: description } });
  }
}

const invalidRequest = (what: string) => new OidcFault('InvalidRequestException', 'invalid_request', what);
const invalidGrant = (what: string) => new OidcFault('InvalidGrantException', 'invalid_grant', what);

/**
 * IAM Identity Center's OIDC service.
 * API: https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html
 */
export class OidcOperations {
  readonly #tokens: SsoTokens;
  readonly #clock: Clock;
  readonly #baseUrl: () => string;

  constructor({ tokens, clock, baseUrl }: { tokens: SsoTokens; clock: Clock; baseUrl: () => string }) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#baseUrl = baseUrl;
  }

  registerClient(call: HttpCall): HttpReply {
    const input = objectOf(call);
    const clientName = text(input, 'clientName');
    if (clientName === undefined) throw invalidRequest('clientName is required');
    if (text(input, 'clientType') !== 'public') {
      throw new OidcFault('InvalidClientMetadataException', 'invalid_client_metadata', 'Invalid client type');
    }
    const scopes = texts(input, 'scopes');
    const unknown = scopes.find(scope => !KNOWN_SCOPES.has(scope));
    if (unknown !== undefined) {
      throw new OidcFault('InvalidScopeException', 'invalid_scope', `Invalid scope: ${unknown}`);
    }
    const redirectUris = texts(input, 'redirectUris');
    if (redirectUris.some(uri => !isLoopback(uri))) {
      throw new OidcFault(
        'InvalidRedirectUriException',
        'invalid_redirect_uri',
        'A public client may only be sent back to a loopback address',
      );
    }
    const grantTypes = texts(input, 'grantTypes');
    const registration = this.#tokens.register({ clientName, scopes, redirectUris, grantTypes });
    return json(200, {
      clientId: registration.clientId,
      clientSecret: registration.clientSecret,
      clientIdIssuedAt: Math.floor(registration.issuedAt / 1000),
      clientSecretExpiresAt: Math.floor(registration.expiresAt / 1000),
    });
  }

  startDeviceAuthorization(call: HttpCall): HttpReply {
    const input = objectOf(call);
    const registration = this.#authenticate(input);
    if (text(input, 'startUrl')?.replace(/[/#]+$/, '') !== START_URL) {
      throw invalidRequest('Invalid start URL provided');
    }
    const device = this.#tokens.startDevice(registration);
    const verificationUri = `${this.#baseUrl()}/device`;
    return json(200, {
      deviceCode: device.deviceCode,
      userCode: device.userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?user_code=${device.userCode}`,
      expiresIn: Math.round((device.expiresAt - this.#clock.now()) / 1000),
      interval: POLL_INTERVAL_MS / 1000,
    });
  }

  createToken(call: HttpCall): HttpReply {
    const input = objectOf(call);
    const registration = this.#authenticate(input);
    switch (text(input, 'grantType')) {
      case DEVICE_GRANT:
        return this.#tokenReply(this.#byDevice(text(input, 'deviceCode'), registration));
      case 'refresh_token':
        return this.#tokenReply(this.#byRefresh(text(input, 'refreshToken'), registration));
      case 'authorization_code':
        return this.#tokenReply(this.#byCode(input, registration));
      case undefined:
        throw invalidRequest('grantType is required');
      default:
        throw new OidcFault(
          'UnsupportedGrantTypeException',
          'unsupported_grant_type',
          'Unsupported grant type',
        );
    }
  }

  #byDevice(deviceCode: string | undefined, registration: Registration): TokenPair {
    if (deviceCode === undefined) throw invalidRequest('deviceCode is required');
    const poll = this.#tokens.pollDevice(deviceCode);
    if (poll?.device.clientId !== registration.clientId) throw invalidGrant('Invalid device code provided');
    const { device, tooSoon } = poll;
    if (device.expiresAt <= this.#clock.now()) {
      throw new OidcFault('ExpiredTokenException', 'expired_token', 'Device code has expired');
    }
    if (device.verdict.kind === 'denied') {
      throw new OidcFault('AccessDeniedException', 'access_denied', 'The sign-in was denied');
    }
    if (tooSoon) throw new OidcFault('SlowDownException', 'slow_down', 'Slow down to prevent throttling');
    if (device.verdict.kind === 'waiting') {
      throw new OidcFault(
        'AuthorizationPendingException',
        'authorization_pending',
        'Authorization is still pending',
      );
    }
    this.#tokens.spendDevice(deviceCode);
    return this.#tokens.issueTokens(device.verdict.user, registration);
  }

  #byRefresh(refreshToken: string | undefined, registration: Registration): TokenPair {
    if (refreshToken === undefined) throw invalidRequest('refreshToken is required');
    const pair = this.#tokens.spendRefreshToken(refreshToken);
    if (pair?.clientId !== registration.clientId) throw invalidGrant('Invalid refresh token provided');
    return this.#tokens.issueTokens(pair.user, registration);
  }

  #byCode(input: Record<string, unknown>, registration: Registration): TokenPair {
    const code = text(input, 'code');
    const verifier = text(input, 'codeVerifier');
    if (code === undefined || verifier === undefined)
      throw invalidRequest('code and codeVerifier are required');
    const known = this.#tokens.redeemCode(code, verifier);
    if (known?.clientId !== registration.clientId || known.redirectUri !== text(input, 'redirectUri')) {
      throw invalidGrant('Invalid grant provided');
    }
    return this.#tokens.issueTokens(known.user, registration);
  }

  #authenticate(input: Record<string, unknown>): Registration {
    const clientId = text(input, 'clientId');
    const clientSecret = text(input, 'clientSecret');
    if (clientId === undefined || clientSecret === undefined) {
      throw invalidRequest('clientId and clientSecret are required');
    }
    const registration = this.#tokens.findRegistration(clientId);
    if (registration?.clientSecret !== clientSecret) {
      throw new OidcFault('InvalidClientException', 'invalid_client', 'Invalid client provided', 401);
    }
    if (registration.expiresAt <= this.#clock.now()) {
      throw new OidcFault('InvalidClientException', 'invalid_client', 'Client has expired', 401);
    }
    return registration;
  }

  #tokenReply(pair: TokenPair): HttpReply {
    return json(200, {
      accessToken: pair.accessToken,
      tokenType: 'Bearer',
      expiresIn: Math.round((pair.expiresAt - this.#clock.now()) / 1000),
      ...(pair.refreshToken === undefined ? {} : { refreshToken: pair.refreshToken }),
    });
  }
}

/** What the browser brings to `/authorize`: checked before anything is shown. */
export interface AuthorizationAsk {
  readonly registration: Registration;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeChallenge: string;
}

/** Reads the query of `/authorize`. Throws `OidcFault` for what must not be sent back to an address that is not proven. */
export function readAuthorizationAsk(query: URLSearchParams, tokens: SsoTokens): AuthorizationAsk {
  const registration = tokens.findRegistration(query.get('client_id') ?? '');
  if (registration === undefined) {
    throw new OidcFault('InvalidClientException', 'invalid_client', 'Invalid client provided', 401);
  }
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!registration.redirectUris.some(allowed => sameButPort(allowed, redirectUri))) {
    throw new OidcFault('InvalidRedirectUriException', 'invalid_redirect_uri', 'Invalid redirect URI');
  }
  const codeChallenge = query.get('code_challenge') ?? '';
  if (
    query.get('response_type') !== 'code' ||
    query.get('code_challenge_method') !== 'S256' ||
    !codeChallenge
  ) {
    throw invalidRequest('response_type=code with an S256 code_challenge is required');
  }
  return { registration, redirectUri, state: query.get('state') ?? '', codeChallenge };
}

/** RFC 8252: the port of a loopback redirect is the client's choice at the time of asking. */
function sameButPort(allowed: string, actual: string): boolean {
  if (!isLoopback(actual)) return false;
  const [left, right] = [new URL(allowed), new URL(actual)];
  return left.hostname === right.hostname && left.pathname === right.pathname;
}

function isLoopback(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost');
}

function objectOf(call: HttpCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(call.body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Answered below, as any body that is not an object.
  }
  throw invalidRequest('The body must be a JSON object');
}

function text(input: Record<string, unknown>, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(input: Record<string, unknown>, name: string): readonly string[] {
  const value = input[name];
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}
