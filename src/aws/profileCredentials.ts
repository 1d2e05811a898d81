import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError } from '../base/errors';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { Profile, SsoSession } from '../access/profile';
import type { AwsConfig } from './awsConfig';
import type { AwsClients } from './clients';
import { checkedHandler } from './answerCheck';
import type { RoleCredential } from './credential';
import { KeptCredentials } from './keptCredentials';
import type { AssumeRoleSettings } from './profileReader';
import type { RoleCredentials } from './roleCredentials';
import { SingleFlight } from './singleFlight';
import type { SsoSignIn } from './ssoSignIn';

export type CredentialOptions = CallOptions & {
  readonly fresh?: boolean;
  /** What AWS takes no longer, before its end: it is kept no longer. */
  readonly refused?: RoleCredential | undefined;
  /** What the MFA device shows, for a role that asks for it. Good for one use. */
  readonly mfaCode?: string;
};

/** STS answers in every region of a partition alike; this one stands in where a profile names none. */
const DEFAULT_REGION = 'us-east-1';

/** Credentials of any profile: by SSO, by a chain of roles, by keys, by `credential_process`. */
export class ProfileCredentials implements Disposable {
  readonly #config: AwsConfig;
  readonly #roles: RoleCredentials;
  readonly #signIn: Pick<SsoSignIn, 'onDidChange' | 'state'>;
  readonly #clients: AwsClients;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #kept = new KeptCredentials<Profile>();
  readonly #fetches = new SingleFlight<RoleCredential>();
  /** By cache key: sign-ins that have changed and are being looked up. */
  readonly #checks = new Map<string, Promise<void>>();

  constructor(deps: {
    readonly config: AwsConfig;
    readonly roles: RoleCredentials;
    readonly signIn: Pick<SsoSignIn, 'onDidChange' | 'state'>;
    readonly clients: AwsClients;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#config = deps.config;
    this.#roles = deps.roles;
    this.#signIn = deps.signIn;
    this.#clients = deps.clients;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#store.add(deps.config.onDidChange(() => this.#kept.forgetAll()));
    this.#store.add(deps.signIn.onDidChange(session => void this.#check(session)));
  }

  /**
   * Throws as `RoleCredentials.get` does, and `AppError`: `profile-not-found`, `config-invalid` (no usable way to credentials),
   * `access-denied` (the role's trust, or a wrong code), `mfa-required` (of the profile in its details; what a code opened is kept while it
   * lasts, so nobody is asked by a timer).
   */
  async get(profile: Profile, options: CredentialOptions = {}): Promise<RoleCredential> {
    const { ssoSession, accountId, roleName } = profile;
    if (profile.credentialKind === 'sso' || (roleName !== undefined && profile.roleArn === undefined)) {
      if (!ssoSession || accountId === undefined || roleName === undefined) {
        throw new AppError(
          'config-invalid',
          `Profile ${profile.name} names no account and role.`,
          at(profile),
        );
      }
      return await this.#roles.get({ ssoSession, accountId, roleName }, options);
    }
    await this.#settled(ssoSession);
    const now = this.#clock.now();
    if (options.refused) this.#kept.refuse(profile.name, options.refused, now);
    const kept = this.#kept.find(profile.name, now);
    if (kept && !options.fresh) return kept;
    // Whoever brings a code must not join one who waits without.
    const key = options.mfaCode === undefined ? profile.name : `${profile.name} with a code`;
    const credential = await this.#fetches.run(
      key,
      signal => this.#fetch(profile, options.mfaCode, signal),
      options,
    );
    // Keys that do not run out may be replaced in the file at any time, and cost nothing to read again.
    if (Number.isFinite(credential.expiresAt) && !this.#store.isDisposed) {
      this.#kept.keep(profile.name, profile, credential);
      // Kept before it is looked up, so that whoever signs out in between has it forgotten.
      if (ssoSession) await this.#check(ssoSession);
    }
    return credential;
  }

  /** The MFA device that assuming the profile's role asks for, undefined when it asks for none. Throws `AppError('profile-not-found')`. */
  async mfaDevice(
    profileName: string,
    { signal }: CallOptions = {},
  ): Promise<{ readonly profile: Profile; readonly serial?: string }> {
    const { profiles, assumeRoles } = await this.#config.loadWithRoles({ signal });
    const profile = profiles.find(({ name }) => name === profileName);
    if (!profile) throw new AppError('profile-not-found', `There is no usable profile ${profileName}.`);
    const serial = assumeRoles.get(profileName)?.mfaSerial;
    return serial === undefined ? { profile } : { profile, serial };
  }

  dispose(): void {
    this.#kept.forgetAll();
    this.#store.dispose();
  }

  /** Looks up whether the sign-in still stands. What stands on it is handed out again only once that is known. */
  async #check(session: SsoSession): Promise<void> {
    const { cacheKey } = session;
    const check = this.#forgetSignedOut(session);
    this.#checks.set(cacheKey, check);
    try {
      await check;
    } finally {
      if (this.#checks.get(cacheKey) === check) this.#checks.delete(cacheKey);
    }
  }

  async #settled(session: SsoSession | undefined): Promise<void> {
    if (!session) return;
    while (this.#checks.has(session.cacheKey)) await this.#checks.get(session.cacheKey);
  }

  /**
   * What stands on a sign-in must not outlive it in our hands, though AWS would take it. A sign-in that was only renewed takes nothing along:
   * somebody may have typed a code for it.
   */
  async #forgetSignedOut(session: SsoSession): Promise<void> {
    const { kind } = await this.#signIn.state(session);
    if (kind === 'signedIn' && !this.#store.isDisposed) return;
    this.#kept.forgetAll(({ ssoSession }) => ssoSession?.cacheKey === session.cacheKey);
  }

  async #fetch(profile: Profile, mfaCode: string | undefined, signal: AbortSignal): Promise<RoleCredential> {
    const snapshot = await this.#config.loadWithRoles({ signal });
    const { sourceProfile } = profile;
    const settings = snapshot.assumeRoles.get(profile.name);
    if (settings?.mfaSerial !== undefined && mfaCode === undefined) {
      throw new AppError('mfa-required', `Profile ${profile.name} asks for an MFA code.`, at(profile));
    }
    if (profile.credentialKind === 'role' && sourceProfile !== undefined && sourceProfile !== profile.name) {
      const source = snapshot.profiles.find(one => one.name === sourceProfile);
      if (!source)
        throw new AppError('profile-not-found', `There is no usable profile ${sourceProfile}.`, at(profile));
      return await this.#assumeRole(profile, source, settings, mfaCode, signal);
    }
    return await this.#fromFiles(profile, mfaCode, signal);
  }

  /** Assumes the profile's role as its source profile, which may itself be signed in by SSO or stand on another role. */
  async #assumeRole(
    profile: Profile,
    source: Profile,
    settings: AssumeRoleSettings | undefined,
    mfaCode: string | undefined,
    signal: AbortSignal,
  ): Promise<RoleCredential> {
    if (!settings)
      throw new AppError('profile-not-found', `There is no profile ${profile.name}.`, at(profile));
    const { sdk, client } = await this.#clients.sts({
      region: profile.region ?? source.region ?? DEFAULT_REGION,
      endpoints: profile.endpoints ?? source.endpoints,
      credentials: refused => this.get(source, { signal, refused }),
    });
    const command = new sdk.AssumeRoleCommand({
      RoleArn: settings.roleArn,
      RoleSessionName: settings.sessionName ?? 'jit-access-ec2',
      ...(settings.externalId === undefined ? {} : { ExternalId: settings.externalId }),
      ...(settings.mfaSerial === undefined || mfaCode === undefined
        ? {}
        : { SerialNumber: settings.mfaSerial, TokenCode: mfaCode }),
      ...(settings.durationSeconds === undefined ? {} : { DurationSeconds: settings.durationSeconds }),
    });
    const { Credentials } = await this.#clients.call('AssumeRole', send => client.send(command, send), {
      signal,
    });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw new AppError('service-fault', 'AssumeRole: STS answered without credentials.', at(profile));
    }
    this.#log.debug(`Assumed the role of profile ${profile.name}.`);
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAt: Expiration.getTime(),
    };
  }

  /** Keys, `credential_process`, web identity and credential sources, as the SDK reads them. */
  async #fromFiles(
    profile: Profile,
    mfaCode: string | undefined,
    signal: AbortSignal,
  ): Promise<RoleCredential> {
    const { fromIni } = await import('@aws-sdk/credential-providers');
    const region = profile.region ?? DEFAULT_REGION;
    const { endpoints } = profile;
    const endpoint = this.#clients.addresses.configured('STS', endpoints);
    const { client } = await this.#clients.sts({ region, endpoints });
    const provide = fromIni({
      profile: profile.name,
      configFilepath: this.#config.configPath,
      filepath: this.#config.credentialsPath,
      ignoreCache: true,
      ...(mfaCode === undefined ? {} : { mfaCodeProvider: () => Promise.resolve(mfaCode) }),
      clientConfig: {
        region,
        // The SDK makes a client of its own for what is assumed on the way; its answers are looked at like those of ours.
        requestHandler: checkedHandler(client.config.requestHandler),
        ...(endpoint === undefined ? {} : { endpoint }),
        ...this.#clients.addresses.variant('STS', endpoints),
      },
    });
    const identity = await this.#clients.call(`Credentials of profile ${profile.name}`, () => provide(), {
      signal,
      codes: { CredentialsProviderError: 'config-invalid' },
    });
    this.#log.debug(`Read the credentials of profile ${profile.name}.`);
    return {
      accessKeyId: identity.accessKeyId,
      secretAccessKey: identity.secretAccessKey,
      ...(identity.sessionToken === undefined ? {} : { sessionToken: identity.sessionToken }),
      expiresAt: identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY,
    };
  }
}

function at(profile: Profile) {
  return { details: { profile: profile.name } };
}
