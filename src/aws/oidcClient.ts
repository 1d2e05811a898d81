import type { CallOptions } from '../base/cancellation';
import { AppError, type ErrorCode } from '../base/errors';
import type { SsoSession } from '../access/profile';
import type { AwsClients } from './clients';
import type { SsoToken } from './ssoTokenCache';

/** This program as Identity Center knows it. Secret, though every installation makes its own. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Epoch milliseconds; about 90 days after it was made. */
  readonly expiresAt: number;
}

export const CLIENT_NAME = 'jit-access-ec2';

const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: 'sign-in-denied',
  ExpiredTokenException: 'sign-in-expired',
  InternalServerException: 'service-fault',
};

/** Calls of the OIDC service of one session. */
export class OidcClient {
  constructor(
    readonly session: SsoSession,
    private readonly clients: AwsClients,
  ) {}

  /** Makes a registration. For the authorization code grant name its redirect. */
  async register(options: CallOptions & { readonly redirectUri?: string } = {}): Promise<Registration> {
    const { sdk, client } = await this.#open();
    const { scopes, startUrl } = this.session;
    const answer = await this.#call('RegisterClient', options, send =>
      client.send(
        new sdk.RegisterClientCommand({
          clientName: CLIENT_NAME,
          clientType: 'public',
          ...(scopes.length === 0 ? {} : { scopes: [...scopes] }),
          ...(options.redirectUri === undefined
            ? {}
            : {
                redirectUris: [options.redirectUri],
                grantTypes: ['authorization_code', 'refresh_token'],
                issuerUrl: startUrl,
              }),
        }),
        send,
      ),
    );
    return {
      clientId: required(answer.clientId, 'clientId'),
      clientSecret: required(answer.clientSecret, 'clientSecret'),
      expiresAt: (answer.clientSecretExpiresAt ?? 0) * 1000,
    };
  }

  async startDeviceAuthorization(registration: Registration, options: CallOptions = {}) {
    const { sdk, client } = await this.#open();
    const { clientId, clientSecret } = registration;
    const input = { clientId, clientSecret, startUrl: this.session.startUrl };
    const answer = await this.#call('StartDeviceAuthorization', options, send =>
      client.send(new sdk.StartDeviceAuthorizationCommand(input), send),
    );
    const verificationUri = required(answer.verificationUri, 'verificationUri');
    return {
      deviceCode: required(answer.deviceCode, 'deviceCode'),
      userCode: required(answer.userCode, 'userCode'),
      verificationUri,
      verificationUriComplete: answer.verificationUriComplete ?? verificationUri,
      expiresInMs: (answer.expiresIn ?? 600) * 1000,
      // Five seconds where the server names none (RFC 8628, 3.2).
      intervalMs: (answer.interval ?? 5) * 1000,
    };
  }

  /** Trades a device code, an authorization code or a refresh token for a token. */
  async createToken(
    registration: Registration,
    grant:
      | { readonly grantType: 'urn:ietf:params:oauth:grant-type:device_code'; readonly deviceCode: string }
      | { readonly grantType: 'refresh_token'; readonly refreshToken: string }
      | {
          readonly grantType: 'authorization_code';
          readonly code: string;
          readonly codeVerifier: string;
          readonly redirectUri: string;
        },
    options: CallOptions = {},
  ): Promise<SsoToken> {
    const { sdk, client } = await this.#open();
    const { clientId, clientSecret } = registration;
    const answer = await this.#call('CreateToken', options, send =>
      client.send(new sdk.CreateTokenCommand({ clientId, clientSecret, ...grant }), send),
    );
    // A renewal may leave the refresh token as it is.
    const refreshToken = answer.refreshToken ?? ('refreshToken' in grant ? grant.refreshToken : undefined);
    return {
      startUrl: this.session.startUrl,
      region: this.session.region,
      accessToken: required(answer.accessToken, 'accessToken'),
      expiresAt: wholeSeconds(this.clients.clock.now() + (answer.expiresIn ?? 0) * 1000),
      clientId,
      clientSecret,
      registrationExpiresAt: registration.expiresAt,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    };
  }

  /** Where the service answers: for the page of the authorization code grant. */
  async baseUrl(): Promise<string> {
    const { region, endpoints } = this.session;
    const { client } = await this.#open();
    return this.clients.addresses.resolved('SSO OIDC', { region, endpoints }, client.config.endpointProvider);
  }

  #open() {
    const { region, endpoints } = this.session;
    return this.clients.ssoOidc({ region, endpoints });
  }

  async #call<T>(
    operation: string,
    { signal }: CallOptions,
    run: (send: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.clients.call(operation, run, { signal, codes: CODES });
    } catch (error) {
      // The protocol's refusals (invalid_grant, invalid_client…) are all failures of signing in, told apart by `awsCode`.
      if (
        error instanceof AppError &&
        error.code === 'service-fault' &&
        error.details.status?.startsWith('4')
      ) {
        const { message, details } = error;
        throw new AppError('sign-in-failed', message, { cause: error.cause, details });
      }
      throw error;
    }
  }
}

function required(value: string | undefined, name: string): string {
  if (value) return value;
  throw new AppError('sign-in-failed', `The sign-in service answered without ${name}.`);
}

function wholeSeconds(at: number): number {
  return Math.floor(at / 1000) * 1000;
}
