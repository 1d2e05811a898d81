import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError, isAppError } from '../base/errors';
import type { Log } from '../base/log';
import type { SsoRole, SsoSession } from '../access/profile';
import type { AwsClients } from './clients';
import type { RoleCredential } from './credential';
import { KeptCredentials } from './keptCredentials';
import { SingleFlight } from './singleFlight';
import type { SsoSignIn } from './ssoSignIn';

export type { RoleCredential } from './credential';

/** Credentials of Identity Center roles, from the portal, kept until five minutes before they end. */
export class RoleCredentials implements Disposable {
  readonly #signIn: SsoSignIn;
  readonly #clients: AwsClients;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #kept = new KeptCredentials<SsoRole>();
  readonly #fetches = new SingleFlight<RoleCredential>();

  constructor(deps: {
    readonly signIn: SsoSignIn;
    readonly clients: AwsClients;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#signIn = deps.signIn;
    this.#clients = deps.clients;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#store.add(deps.signIn.onDidChange(session => this.#forgetSession(session)));
  }

  /**
   * `fresh` asks the portal whatever is kept; `refused` are credentials that AWS takes no longer, and that are kept no longer. Throws
   * `AppError`: `role-not-assigned` (the portal refuses this role), `signed-out`, `throttled`, `network`, `service-fault`, `cancelled`.
   */
  async get(
    role: SsoRole,
    options: CallOptions & { readonly fresh?: boolean; readonly refused?: RoleCredential | undefined } = {},
  ): Promise<RoleCredential> {
    const key = keyOf(role);
    const now = this.#clock.now();
    if (options.refused) this.#kept.refuse(key, options.refused, now);
    const kept = this.#kept.find(key, now);
    if (kept && !options.fresh) return kept;
    try {
      const credential = await this.#fetches.run(key, signal => this.#fetch(role, signal), options);
      // Whoever signs out meanwhile wants nothing kept: before the look at the sign-in it shows there, after it by the change told.
      this.#kept.keep(key, role, credential);
      const { kind } = await this.#signIn.state(role.ssoSession);
      if (kind !== 'signedIn' || this.#store.isDisposed) this.#kept.forget(key);
      return credential;
    } catch (error) {
      if (isAppError(error, 'role-not-assigned')) this.#kept.forget(key);
      throw error;
    }
  }

  /** Drops what is kept: of one role, or all. */
  forget(role?: SsoRole): void {
    if (role) this.#kept.forget(keyOf(role));
    else this.#kept.forgetAll();
  }

  dispose(): void {
    this.#kept.forgetAll();
    this.#store.dispose();
  }

  /** Asks the portal; a token it refuses is replaced once, where it can be renewed. */
  async #fetch(role: SsoRole, signal: AbortSignal): Promise<RoleCredential> {
    const accessToken = await this.#signIn.accessToken(role.ssoSession, { signal });
    try {
      return await this.#ask(role, accessToken, signal);
    } catch (error) {
      if (!isAppError(error, 'signed-out')) throw error;
      this.#log.info(`The portal of ${role.ssoSession.label} refused the sign-in.`);
      this.#signIn.refuse(role.ssoSession, accessToken);
      return await this.#ask(role, await this.#signIn.accessToken(role.ssoSession, { signal }), signal);
    }
  }

  async #ask(role: SsoRole, accessToken: string, signal: AbortSignal): Promise<RoleCredential> {
    const { accountId, roleName, ssoSession } = role;
    const { region, endpoints } = ssoSession;
    const { sdk, client } = await this.#clients.sso({ region, endpoints });
    const command = new sdk.GetRoleCredentialsCommand({ accountId, roleName, accessToken });
    const { roleCredentials } = await this.#clients.call(
      'GetRoleCredentials',
      send => client.send(command, send),
      { signal, codes: CODES },
    );
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = roleCredentials ?? {};
    if (!accessKeyId || !secretAccessKey || !sessionToken || !expiration) {
      throw new AppError('service-fault', 'GetRoleCredentials: the portal answered without credentials.');
    }
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt: expiration };
  }

  /** Credentials must not outlive the sign-in they came of in our hands, though AWS would take them. */
  #forgetSession({ cacheKey }: SsoSession): void {
    this.#kept.forgetAll(({ ssoSession }) => ssoSession.cacheKey === cacheKey);
  }
}

/** What the portal says when a person has no such role: `ForbiddenException` ("No access"), which its model does not list. */
const CODES = {
  ForbiddenException: 'role-not-assigned',
  ResourceNotFoundException: 'role-not-assigned',
  UnauthorizedException: 'signed-out',
} as const;

function keyOf({ ssoSession, accountId, roleName }: SsoRole): string {
  return `${ssoSession.cacheKey} ${accountId} ${roleName}`;
}
