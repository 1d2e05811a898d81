import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';

/** An OIDC client registration. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientName: string;
  /** Empty for the legacy form, which gets no refresh token. */
  readonly scopes: readonly string[];
  readonly redirectUris: readonly string[];
  /** Empty when the client did not say. */
  readonly grantTypes: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export type Verdict =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'confirmed'; readonly user: string }
  | { readonly kind: 'denied' };

/** A device that asked to be signed in, shown to the person by its user code. */
export interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly verdict: Verdict;
  readonly lastPollAt?: number;
  readonly spent?: boolean;
}

export interface AuthorizationCode {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly user: string;
  readonly expiresAt: number;
}

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly user: string;
  readonly clientId: string;
  readonly expiresAt: number;
  readonly refreshExpiresAt: number;
}

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
export const REGISTRATION_MS = 90 * 24 * HOUR_MS;
export const DEVICE_CODE_MS = 600 * SECOND_MS;
export const POLL_INTERVAL_MS = SECOND_MS;
const AUTHORIZATION_CODE_MS = 600 * SECOND_MS;
/** With a refresh token an access token lives an hour; without one it lives as long as the portal session. */
const REFRESHABLE_TOKEN_MS = HOUR_MS;
const LEGACY_TOKEN_MS = 8 * HOUR_MS;
const REFRESH_TOKEN_MS = 90 * 24 * HOUR_MS;

const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

/** Everything Identity Center's OIDC service remembers: clients, devices, codes and tokens. */
export class SsoTokens {
  readonly #clock: Clock;
  readonly #registrations = new Map<string, Registration>();
  readonly #devices = new Map<string, DeviceAuthorization>();
  readonly #codes = new Map<string, AuthorizationCode>();
  #pairs: readonly TokenPair[] = [];
  readonly #onDidChange = new Emitter<void>();

  readonly onDidChange: Event<void> = this.#onDidChange.event;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  register(facts: Pick<Registration, 'clientName' | 'scopes' | 'redirectUris' | 'grantTypes'>): Registration {
    const issuedAt = this.#clock.now();
    const registration = {
      ...facts,
      clientId: randomBytes(18).toString('base64url'),
      clientSecret: randomBytes(96).toString('base64url'),
      issuedAt,
      expiresAt: issuedAt + REGISTRATION_MS,
    };
    this.#registrations.set(registration.clientId, registration);
    return registration;
  }

  findRegistration(clientId: string): Registration | undefined {
    return this.#registrations.get(clientId);
  }

  startDevice({ clientId, clientName }: Registration): DeviceAuthorization {
    const letters = Array.from(
      randomBytes(8),
      byte => USER_CODE_LETTERS[byte % USER_CODE_LETTERS.length],
    ).join('');
    const device: DeviceAuthorization = {
      deviceCode: randomBytes(48).toString('base64url'),
      userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
      clientId,
      clientName,
      requestedAt: this.#clock.now(),
      expiresAt: this.#clock.now() + DEVICE_CODE_MS,
      verdict: { kind: 'waiting' },
    };
    this.#putDevice(device);
    return device;
  }

  findDeviceByUserCode(userCode: string): DeviceAuthorization | undefined {
    const wanted = userCode.trim().toUpperCase();
    return [...this.#devices.values()].find(device => device.userCode === wanted);
  }

  listDevices(): readonly DeviceAuthorization[] {
    return [...this.#devices.values()].reverse();
  }

  /** The person's word. Only a device that still waits can be decided; returns whether it was. */
  decideDevice(userCode: string, verdict: Verdict): boolean {
    const device = this.findDeviceByUserCode(userCode);
    if (device?.verdict.kind !== 'waiting') return false;
    if (device.expiresAt <= this.#clock.now()) return false;
    this.#putDevice({ ...device, verdict });
    return true;
  }

  /** One poll of a device: notes its time and says whether it came too soon. */
  pollDevice(deviceCode: string): { device: DeviceAuthorization; tooSoon: boolean } | undefined {
    const device = this.#devices.get(deviceCode);
    if (device === undefined || device.spent === true) return undefined;
    const now = this.#clock.now();
    // Half an interval of grace: a client that counts in whole seconds is not too fast.
    const tooSoon = device.lastPollAt !== undefined && now - device.lastPollAt < POLL_INTERVAL_MS / 2;
    this.#devices.set(deviceCode, { ...device, lastPollAt: now });
    return { device, tooSoon };
  }

  spendDevice(deviceCode: string): void {
    const device = this.#devices.get(deviceCode);
    if (device !== undefined) this.#putDevice({ ...device, spent: true });
  }

  issueCode(facts: Omit<AuthorizationCode, 'code' | 'expiresAt'>): AuthorizationCode {
    const code = { ...facts, code: randomUUID(), expiresAt: this.#clock.now() + AUTHORIZATION_CODE_MS };
    this.#codes.set(code.code, code);
    return code;
  }

  /** Spends the code whatever comes of it: it serves once. */
  redeemCode(code: string, verifier: string): AuthorizationCode | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (known === undefined || known.expiresAt <= this.#clock.now()) return undefined;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    return challenge === known.codeChallenge ? known : undefined;
  }

  issueTokens(user: string, registration: Registration): TokenPair {
    const refreshable = registration.scopes.includes('sso:account:access');
    const now = this.#clock.now();
    const pair: TokenPair = {
      accessToken: randomBytes(180).toString('base64url'),
      ...(refreshable ? { refreshToken: randomBytes(180).toString('base64url') } : {}),
      user,
      clientId: registration.clientId,
      expiresAt: now + (refreshable ? REFRESHABLE_TOKEN_MS : LEGACY_TOKEN_MS),
      refreshExpiresAt: now + REFRESH_TOKEN_MS,
    };
    this.#pairs = [...this.#pairs, pair];
    this.#onDidChange.fire();
    return pair;
  }

  /** The pair behind a refresh token, which is used up by this. */
  spendRefreshToken(refreshToken: string): TokenPair | undefined {
    const pair = this.#pairs.find(candidate => candidate.refreshToken === refreshToken);
    if (pair === undefined || pair.refreshExpiresAt <= this.#clock.now()) return undefined;
    const { refreshToken: _spent, ...rest } = pair;
    this.#pairs = this.#pairs.map(candidate => (candidate === pair ? rest : candidate));
    return pair;
  }

  /** Whose token this is; `undefined` when it is unknown, ended or too old. */
  userOf(accessToken: string): string | undefined {
    const pair = this.#pairs.find(candidate => candidate.accessToken === accessToken);
    return pair !== undefined && pair.expiresAt > this.#clock.now() ? pair.user : undefined;
  }

  /** Ends the portal session: the access token and its refresh token. */
  logout(accessToken: string): void {
    this.#pairs = this.#pairs.filter(candidate => candidate.accessToken !== accessToken);
    this.#onDidChange.fire();
  }

  /** Back door: every access token is too old from now on; with `refreshToo` the refresh tokens as well. Returns how many. */
  expireAll(refreshToo: boolean): number {
    const now = this.#clock.now();
    this.#pairs = this.#pairs.map(pair => ({
      ...pair,
      expiresAt: Math.min(pair.expiresAt, now),
      refreshExpiresAt: refreshToo ? Math.min(pair.refreshExpiresAt, now) : pair.refreshExpiresAt,
    }));
    this.#onDidChange.fire();
    return this.#pairs.length;
  }

  /** How many people are signed in now. */
  get liveCount(): number {
    return this.#pairs.filter(pair => pair.expiresAt > this.#clock.now()).length;
  }

  #putDevice(device: DeviceAuthorization): void {
    this.#devices.set(device.deviceCode, device);
    this.#onDidChange.fire();
  }
}
