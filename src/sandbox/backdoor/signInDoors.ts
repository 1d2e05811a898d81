import * as z from 'zod';
import { json } from '../server/http';
import type { CredentialStore } from '../state/credentialStore';
import type { SsoTokens } from '../state/ssoTokens';
import type { SymTokens } from '../state/symTokens';
import { USERS } from '../world/organization';
import { BadCall, door, knownUser, read, type BackDoorRoute } from './door';

const confirmation = z.strictObject({ user: z.string().optional() });
const expiry = z.strictObject({ refreshTokens: z.boolean().optional() });
const credentialExpiry = z.strictObject({ permissionSet: z.string().optional() });
const symToken = z.strictObject({
  email: z.string(),
  role: z.enum(['admin', 'member', 'guest']).default('member'),
  seconds: z.number().default(3600),
});

/** Who is signed in, and until when. */
export function signInDoors(deps: {
  readonly tokens: SsoTokens;
  readonly credentials: CredentialStore;
  readonly symTokens: SymTokens;
}): readonly BackDoorRoute[] {
  const { tokens, credentials, symTokens } = deps;
  return [
    door('GET', 'devices', 'Device sign-ins, newest first', () =>
      json(200, { devices: tokens.listDevices().map(({ deviceCode: _secret, ...shown }) => shown) }),
    ),
    door('POST', 'devices/{userCode}/confirm', 'Confirms a device sign-in: {user?}', (call, code) => {
      const { user = USERS[0]?.email ?? '' } = read(confirmation, call);
      if (!tokens.decideDevice(code, { kind: 'confirmed', user: knownUser(user) }))
        throw new BadCall('That code does not wait', 409);
      return json(200, {});
    }),
    door('POST', 'devices/{userCode}/deny', 'Denies a device sign-in', (_, code) => {
      if (!tokens.decideDevice(code, { kind: 'denied' })) throw new BadCall('That code does not wait', 409);
      return json(200, {});
    }),
    door(
      'POST',
      'sso/expire',
      'Makes every SSO access token too old: {refreshTokens?: true for these too}',
      call => json(200, { expired: tokens.expireAll(read(expiry, call).refreshTokens ?? false) }),
    ),
    door('POST', 'credentials/expire', 'Makes role credentials expired: {permissionSet?}', call => {
      const { permissionSet } = read(credentialExpiry, call);
      const expired = credentials.expire(
        principal => permissionSet === undefined || principal.permissionSet === permissionSet,
      );
      return json(200, { expired });
    }),
    door('POST', 'sym/tokens', 'Mints a Sym token: {email, role?: admin|member|guest, seconds?}', call => {
      const { email, role, seconds } = read(symToken, call);
      return json(200, { token: symTokens.mint({ email, role }, seconds * 1000) });
    }),
  ];
}
