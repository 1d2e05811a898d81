import type { Flow } from './flow';
import type { Profile, SsoRole } from './profile';

/**
 * As whom AWS itself is asked for access in an account: the role that a flow's target names (`requestAs`), signed in to as the
 * account's profiles are; else the first standing role, which is one that a profile has there and no flow hands out. `undefined` when no
 * profile leads into the account.
 */
export function requesterRole(
  flows: readonly Flow[],
  profiles: readonly Profile[],
  accountId: string,
): { readonly role: SsoRole; readonly endpointUrl?: string } | undefined {
  const targets = flows.flatMap(flow => flow.targets).filter(target => target.accountId === accountId);
  const named = targets.find(target => target.requestAs !== undefined)?.requestAs;
  const handedOut = new Set(targets.map(target => target.permissionSet));
  const ofAccount = profiles.filter(profile => profile.accountId === accountId && profile.ssoSession);
  const standing = ofAccount.filter(
    ({ roleName, roleArn }) => roleName !== undefined && roleArn === undefined && !handedOut.has(roleName),
  );
  const profile =
    named === undefined
      ? standing[0]
      : (ofAccount.find(candidate => candidate.roleName === named) ?? ofAccount[0]);
  const roleName = named ?? profile?.roleName;
  if (!profile?.ssoSession || roleName === undefined) return undefined;
  const { ssoSession, endpointUrl } = profile;
  return {
    role: { ssoSession, accountId, roleName },
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
  };
}
