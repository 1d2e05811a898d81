import type { AccessTarget, Flow } from './flow';
import type { Endpoints, Profile, SsoRole } from './profile';

/** A role to speak as in one account. */
export interface AccountRole {
  readonly role: SsoRole;
  /** Of the profile that leads there. */
  readonly endpoints?: Endpoints;
}

/**
 * As whom AWS itself is asked for access in an account: the role that a flow's target names (`requestAs`), signed in to as the
 * account's profiles are; else the first standing role, which is one that a profile has there and no flow hands out. `undefined` when no
 * profile leads into the account.
 */
export function requesterRole(
  flows: readonly Flow[],
  profiles: readonly Profile[],
  accountId: string,
): AccountRole | undefined {
  const targets = targetsIn(flows, accountId);
  const named = targets.find(target => target.requestAs !== undefined)?.requestAs;
  if (named !== undefined) return namedRole(profiles, accountId, named);
  const handedOut = new Set(targets.map(target => target.permissionSet));
  const standing = ofAccount(profiles, accountId).find(
    ({ roleName, roleArn }) => roleName !== undefined && roleArn === undefined && !handedOut.has(roleName),
  );
  return standing?.roleName === undefined ? undefined : accountRole(standing, accountId, standing.roleName);
}

/**
 * As whom access requests of an account are decided: the role that a flow's target names (`approveAs`). `undefined` when none does, or no
 * profile leads into the account. Whether a person has the role is for Identity Center to say.
 */
export function approverRole(
  flows: readonly Flow[],
  profiles: readonly Profile[],
  accountId: string,
): AccountRole | undefined {
  const named = targetsIn(flows, accountId).find(target => target.approveAs !== undefined)?.approveAs;
  return named === undefined ? undefined : namedRole(profiles, accountId, named);
}

function targetsIn(flows: readonly Flow[], accountId: string): readonly AccessTarget[] {
  return flows.flatMap(flow => flow.targets).filter(target => target.accountId === accountId);
}

function ofAccount(profiles: readonly Profile[], accountId: string): readonly Profile[] {
  return profiles.filter(profile => profile.accountId === accountId && profile.ssoSession);
}

/** The profile of the role itself says best how to get there; any other of the account shares its sign-in. */
function namedRole(
  profiles: readonly Profile[],
  accountId: string,
  roleName: string,
): AccountRole | undefined {
  const candidates = ofAccount(profiles, accountId);
  const profile = candidates.find(candidate => candidate.roleName === roleName) ?? candidates[0];
  return profile && accountRole(profile, accountId, roleName);
}

function accountRole(profile: Profile, accountId: string, roleName: string): AccountRole | undefined {
  const { ssoSession, endpoints } = profile;
  if (!ssoSession) return undefined;
  return {
    role: { ssoSession, accountId, roleName },
    ...(endpoints === undefined ? {} : { endpoints }),
  };
}
