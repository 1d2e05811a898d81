import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError, isAppError, messageOf } from '../base/errors';
import { Emitter, type Event } from '../base/events';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { SignInState, SsoSession } from '../access/profile';
import { signInByAuthorizationCode } from './authorizationCodeSignIn';
import type { AwsClients } from './clients';
import { signInByDeviceCode, type DeviceVerification } from './deviceCodeSignIn';
import { OidcClient, type Registration } from './oidcClient';
import { SingleFlight } from './singleFlight';
import type { SsoToken, SsoTokenCache } from './ssoTokenCache';

export type { DeviceVerification } from './deviceCodeSignIn';

export interface SignInOptions extends CallOptions {
  /** The device code to show. Called at once for whoever joins a sign-in under way. */
  readonly onVerification?: (verification: DeviceVerification) => void;
  /**
   * Present when a browser can reach this machine's loopback: the sign-in is then by authorization code (PKCE), and this is told the
   * page to open. Otherwise, and for legacy sessions, which have no scopes to grant, it is by device code.
   */
  readonly onAuthorizationPage?: (url: string) => void;
}

/** What a sign-in under way has shown, for those who join it. */
interface Prompt {
  readonly listeners: Set<SignInOptions>;
  verification?: DeviceVerification;
  page?: string;
}

/** A token is renewed when it has less than this left, as the SDKs do. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Signing in to IAM Identity Center, and the tokens that come of it. One prompt per session, however many wait. */
export class SsoSignIn implements Disposable {
  readonly #cache: SsoTokenCache;
  readonly #clients: AwsClients;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #onDidChange = new Emitter<SsoSession>();
  readonly #signIns = new SingleFlight<void>();
  readonly #renewals = new SingleFlight<SsoToken>();
  readonly #prompts = new Map<string, Prompt>();
  /** By cache key: tokens the service told us are no longer good, though by their dates they would be. */
  readonly #refusedTokens = new Map<string, string>();
  readonly #refusedRenewals = new Map<string, string>();
  /** By cache key, with the token last seen there: to tell whose file changed. */
  readonly #seen = new Map<
    string,
    { readonly session: SsoSession; readonly accessToken: string | undefined }
  >();

  /** The session's state may have changed: signed in or out (here or by another program), renewed, or refused. */
  readonly onDidChange: Event<SsoSession> = this.#onDidChange.event;

  constructor(deps: {
    readonly cache: SsoTokenCache;
    readonly clients: AwsClients;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#cache = deps.cache;
    this.#clients = deps.clients;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#store.add(this.#onDidChange);
    this.#store.add(this.#cache.onDidChange(() => void this.#recheck()));
  }

  /** Reads the cache, asks nobody. */
  async state(session: SsoSession): Promise<SignInState> {
    const token = await this.#find(session);
    if (!token) return { kind: 'signedOut' };
    const renews = this.#canRenew(session, token);
    const { expiresAt } = token;
    if (renews) return { kind: 'signedIn', expiresAt, renews };
    if (this.#isRefused(session, token)) return { kind: 'signedOut' };
    if (expiresAt <= this.#clock.now()) return { kind: 'expired', expiredAt: expiresAt };
    return { kind: 'signedIn', expiresAt };
  }

  /**
   * Signs in. Whoever asks while one is under way joins it and is told its code or page; it ends when the last of them cancels.
   * Throws `AppError`: `cancelled`, `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `network`, `throttled`; its details name the
   * session (`ssoSession`, by cache key).
   */
  async signIn(session: SsoSession, options: SignInOptions): Promise<void> {
    throwIfCancelled(options.signal);
    const key = session.cacheKey;
    const prompt = this.#prompts.get(key) ?? { listeners: new Set() };
    this.#prompts.set(key, prompt);
    prompt.listeners.add(options);
    if (prompt.verification) options.onVerification?.(prompt.verification);
    if (prompt.page !== undefined) options.onAuthorizationPage?.(prompt.page);
    try {
      await this.#signIns.run(key, signal => this.#signIn(session, prompt, signal), {
        signal: options.signal,
      });
    } catch (failure) {
      throw ofSession(session, failure);
    } finally {
      prompt.listeners.delete(options);
      if (prompt.listeners.size === 0 && this.#prompts.get(key) === prompt) this.#prompts.delete(key);
    }
  }

  /** Ends the sign-in at AWS, as far as it can be reached, and removes the token here in any case. */
  async signOut(session: SsoSession, { signal }: CallOptions = {}): Promise<void> {
    const token = await this.#find(session);
    await this.#cache.remove(session);
    this.#note(session, undefined);
    this.#onDidChange.fire(session);
    if (!token) return;
    const { region, endpoints } = session;
    const { sdk, client } = await this.#clients.sso({ region, endpoints });
    const command = new sdk.LogoutCommand({ accessToken: token.accessToken });
    try {
      await this.#clients.call('Logout', send => client.send(command, send), { signal });
    } catch (error) {
      // A token that is over cannot be logged out, and one that could not be told ends by itself.
      this.#log.info(`Signing out of ${session.label} at AWS failed: ${messageOf(error)}`);
    }
  }

  /** A token that is good for now, renewed when it is about to end. Throws `AppError`: `signed-out`, `network`, `cancelled`. */
  async accessToken(session: SsoSession, { signal }: CallOptions = {}): Promise<string> {
    throwIfCancelled(signal);
    const token = await this.#find(session);
    if (!token) throw signedOut(session, 'Nobody is signed in.');
    if (this.#lasts(session, token)) return token.accessToken;
    const refused = this.#isRefused(session, token);
    const left = token.expiresAt - this.#clock.now();
    if (!this.#canRenew(session, token)) {
      if (refused) throw signedOut(session, 'AWS has ended this sign-in.');
      if (left <= 0) throw signedOut(session, 'The sign-in has run out.');
      return token.accessToken;
    }
    try {
      const renewed = await this.#renewals.run(session.cacheKey, inner => this.#renew(session, inner), {
        signal,
      });
      return renewed.accessToken;
    } catch (error) {
      // What there is still serves for a few minutes.
      if (!refused && left > 0 && !isAppError(error, 'cancelled')) return token.accessToken;
      throw error;
    }
  }

  /** To be told when AWS refuses a token that ought to be good: it was signed out elsewhere. */
  refuse(session: SsoSession, accessToken: string): void {
    if (this.#refusedTokens.get(session.cacheKey) === accessToken) return;
    this.#refusedTokens.set(session.cacheKey, accessToken);
    this.#onDidChange.fire(session);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #signIn(session: SsoSession, prompt: Prompt, signal: AbortSignal): Promise<void> {
    const oidc = new OidcClient(session, this.#clients);
    const byPage = session.scopes.length > 0 && [...prompt.listeners].some(one => one.onAuthorizationPage);
    const token = byPage
      ? await signInByAuthorizationCode(
          oidc,
          this.#clock,
          page => {
            prompt.page = page;
            for (const one of prompt.listeners) one.onAuthorizationPage?.(page);
          },
          { signal },
        )
      : await signInByDeviceCode(
          oidc,
          this.#clock,
          await this.#registration(session),
          verification => {
            prompt.verification = verification;
            for (const one of prompt.listeners) one.onVerification?.(verification);
          },
          { signal },
        );
    throwIfCancelled(signal);
    await this.#accept(session, token);
    this.#log.info(`Signed in to ${session.label}.`);
  }

  /** The registration of the last sign-in, when it outlives this one by a day at least. */
  async #registration(session: SsoSession): Promise<Registration | undefined> {
    const token = await this.#find(session);
    const registration = token && registrationOf(token);
    const needed = this.#clock.now() + 24 * 3_600_000;
    return registration && registration.expiresAt > needed ? registration : undefined;
  }

  async #renew(session: SsoSession, signal: AbortSignal): Promise<SsoToken> {
    const token = await this.#find(session);
    // Somebody was quicker since the caller looked.
    if (token && this.#lasts(session, token)) return token;
    const registration = token && registrationOf(token);
    if (!token?.refreshToken || !registration) throw signedOut(session, 'Nobody is signed in.');
    const { refreshToken } = token;
    const oidc = new OidcClient(session, this.#clients);
    try {
      const renewed = await oidc.createToken(
        registration,
        { grantType: 'refresh_token', refreshToken },
        { signal },
      );
      await this.#accept(session, renewed);
      this.#log.info(`Renewed the sign-in to ${session.label}.`);
      return renewed;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const now = await this.#find(session);
      // A refresh token is taken once: another window or the AWS CLI was quicker, and has left what came of it.
      if (now && now.refreshToken !== refreshToken && now.expiresAt > this.#clock.now()) return now;
      this.#log.warn(`The sign-in to ${session.label} could not be renewed: ${messageOf(error)}`);
      this.#refusedRenewals.set(session.cacheKey, refreshToken);
      this.#onDidChange.fire(session);
      throw signedOut(session, `The sign-in could not be renewed: ${messageOf(error)}`, error);
    }
  }

  async #accept(session: SsoSession, token: SsoToken): Promise<void> {
    await this.#cache.store(session, token);
    this.#refusedTokens.delete(session.cacheKey);
    this.#refusedRenewals.delete(session.cacheKey);
    this.#note(session, token);
    this.#onDidChange.fire(session);
  }

  async #find(session: SsoSession): Promise<SsoToken | undefined> {
    const token = await this.#cache.find(session);
    if (!this.#seen.has(session.cacheKey)) this.#note(session, token);
    return token;
  }

  #note(session: SsoSession, token: SsoToken | undefined): void {
    this.#seen.set(session.cacheKey, { session, accessToken: token?.accessToken });
  }

  /** Another program may have signed in or out: tells which of the sessions asked for so far it was. */
  async #recheck(): Promise<void> {
    for (const { session, accessToken } of [...this.#seen.values()]) {
      const token = await this.#cache.find(session);
      if (this.#store.isDisposed) return;
      // Whatever was accepted or noted while we read is announced already.
      if (this.#seen.get(session.cacheKey)?.accessToken !== accessToken) continue;
      if (token?.accessToken === accessToken) continue;
      this.#note(session, token);
      this.#onDidChange.fire(session);
    }
  }

  /** Good for long enough that nobody needs to renew it. */
  #lasts(session: SsoSession, token: SsoToken): boolean {
    return !this.#isRefused(session, token) && token.expiresAt - this.#clock.now() > RENEW_BEFORE_MS;
  }

  #isRefused(session: SsoSession, token: SsoToken): boolean {
    return this.#refusedTokens.get(session.cacheKey) === token.accessToken;
  }

  #canRenew(session: SsoSession, token: SsoToken): boolean {
    const { refreshToken } = token;
    if (refreshToken === undefined || this.#refusedRenewals.get(session.cacheKey) === refreshToken)
      return false;
    const registration = registrationOf(token);
    return registration !== undefined && registration.expiresAt > this.#clock.now();
  }
}

function registrationOf(token: SsoToken): Registration | undefined {
  const { clientId, clientSecret, registrationExpiresAt } = token;
  if (clientId === undefined || clientSecret === undefined || registrationExpiresAt === undefined)
    return undefined;
  return { clientId, clientSecret, expiresAt: registrationExpiresAt };
}

/** Whether the service has said no, rather than not answered. */
function isRefusal(error: unknown): boolean {
  return ['sign-in-failed', 'sign-in-denied', 'sign-in-expired'].some(
    code => isAppError(error) && error.code === code,
  );
}

function signedOut(session: SsoSession, message: string, cause?: unknown): AppError {
  return new AppError('signed-out', message, { cause, details: detailsOf(session) });
}

/** Says which sign-in failed, so that the same one can be offered again where the failure is told. */
function ofSession(session: SsoSession, failure: unknown): unknown {
  if (!(failure instanceof AppError) || failure.code === 'cancelled') return failure;
  const { code, message, cause, details } = failure;
  return new AppError(code, message, { cause, details: { ...details, ...detailsOf(session) } });
}

function detailsOf({ label, cacheKey }: SsoSession) {
  return { session: label, ssoSession: cacheKey };
}
