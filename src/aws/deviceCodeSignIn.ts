import { delay, type CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError, isAppError } from '../base/errors';
import type { OidcClient, Registration } from './oidcClient';
import type { SsoToken } from './ssoTokenCache';

/** What a person needs to confirm a device. Shown before the browser opens, so that they compare the code. */
export interface DeviceVerification {
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same page with the code filled in. */
  readonly verificationUriComplete: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** How much slower to ask on `slow_down` (RFC 8628, 3.5). */
const SLOW_DOWN_MS = 5_000;

/**
 * The device authorization grant (RFC 8628): shows a code, then asks until it was confirmed. `reusable` is a registration from an
 * earlier sign-in; should the service not take it, a new one is made. Throws `AppError`: `sign-in-denied`, `sign-in-expired`,
 * `sign-in-failed`, `network`, `cancelled`.
 */
export async function signInByDeviceCode(
  oidc: OidcClient,
  clock: Clock,
  reusable: Registration | undefined,
  onVerification: (verification: DeviceVerification) => void,
  { signal }: CallOptions = {},
): Promise<SsoToken> {
  const { registration, device } = await startDevice(oidc, reusable, { signal });
  const { deviceCode, userCode, verificationUri, verificationUriComplete } = device;
  const expiresAt = clock.now() + device.expiresInMs;
  onVerification({ userCode, verificationUri, verificationUriComplete, expiresAt });
  let intervalMs = device.intervalMs;
  for (let lastFailure: unknown; ;) {
    await delay(clock, intervalMs, { signal });
    if (clock.now() >= expiresAt) {
      if (isAppError(lastFailure, 'network')) throw lastFailure;
      throw new AppError('sign-in-expired', 'The code was not confirmed in time.', { cause: lastFailure });
    }
    try {
      const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
      return await oidc.createToken(registration, { grantType, deviceCode }, { signal });
    } catch (failure) {
      const patience = patienceWith(failure);
      if (patience === undefined) throw failure;
      intervalMs += patience;
      lastFailure = failure;
    }
  }
}

async function startDevice(oidc: OidcClient, reusable: Registration | undefined, options: CallOptions) {
  if (reusable) {
    try {
      return { registration: reusable, device: await oidc.startDeviceAuthorization(reusable, options) };
    } catch (failure) {
      // It was made for another grant, or the service has forgotten it.
      if (!isAppError(failure, 'sign-in-failed')) throw failure;
    }
  }
  const registration = await oidc.register(options);
  return { registration, device: await oidc.startDeviceAuthorization(registration, options) };
}

/** By how many milliseconds to wait longer before asking again; undefined when there is no point in asking again. */
function patienceWith(failure: unknown): number | undefined {
  if (!(failure instanceof AppError)) return undefined;
  const { awsCode } = failure.details;
  if (awsCode === 'AuthorizationPendingException') return 0;
  if (awsCode === 'SlowDownException') return SLOW_DOWN_MS;
  // The person may be confirming the code while our own line is down for a moment.
  return failure.code === 'network' || failure.code === 'throttled' ? SLOW_DOWN_MS : undefined;
}
