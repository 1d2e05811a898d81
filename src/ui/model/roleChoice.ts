import type { Flow, FlowTarget } from '../../access/flow';
import type { Grant } from '../../access/grant';
import type { Instance } from '../../access/instance';
import type { Profile, SsoRole } from '../../access/profile';
import { coveringGrant, reachReport } from '../../access/reach';

/** As whom a session may be opened. */
export interface SessionRole {
  readonly role: SsoRole;
  /** The grant that the session lives and dies with; absent for a role the person always has. */
  readonly grant?: Grant;
  /** `FrontEnd SSH`, or the name of the standing profile. */
  readonly label: string;
  readonly endpointUrl?: string;
}

export type RoleChoice =
  | { readonly kind: 'use'; readonly role: SessionRole }
  /** Nothing in force leads there; what may be asked for, and standing roles that could be tried all the same. */
  | {
      readonly kind: 'ask';
      readonly reaching: readonly FlowTarget[];
      readonly standing: readonly SessionRole[];
    };

/**
 * Chooses the role for an instance. A grant whose conditions hold comes first; then any active grant of the account, for
 * only AWS knows its policies and its refusal can be explained; then, only if nothing could be asked for, a standing role.
 */
export function chooseRole(
  instance: Instance,
  context: {
    readonly flows: readonly Flow[];
    readonly grants: readonly Grant[];
    readonly profiles: readonly Profile[];
    readonly now: number;
  },
): RoleChoice {
  const covering = coveringGrant(context.grants, instance, context.now);
  const candidates = covering
    ? [covering]
    : context.grants.filter(
        grant =>
          grant.phase === 'active' &&
          grant.target.accountId === instance.accountId &&
          (grant.effectiveEndsAt === undefined || context.now < grant.effectiveEndsAt),
      );
  for (const grant of candidates) {
    const role = roleOfGrant(grant, context.profiles);
    if (role) return { kind: 'use', role };
  }
  const { reaching } = reachReport(context.flows, instance);
  const standing = standingRoles(instance, context.flows, context.profiles);
  const only = standing[0];
  if (reaching.length === 0 && only && standing.length === 1) return { kind: 'use', role: only };
  return { kind: 'ask', reaching, standing };
}

/** The grant's permission set, reached through the sign-in that any profile of its account uses. */
export function roleOfGrant(grant: Grant, profiles: readonly Profile[]): SessionRole | undefined {
  const { accountId, permissionSet, label } = grant.target;
  if (!permissionSet) return undefined;
  const ofAccount = profiles.filter(profile => profile.accountId === accountId && profile.ssoSession);
  const profile = ofAccount.find(candidate => candidate.roleName === permissionSet) ?? ofAccount[0];
  if (!profile?.ssoSession) return undefined;
  return {
    role: { ssoSession: profile.ssoSession, accountId, roleName: permissionSet },
    grant,
    label,
    ...(profile.endpointUrl ? { endpointUrl: profile.endpointUrl } : {}),
  };
}

/** Roles of the account that no flow hands out: whoever has them has them always. */
function standingRoles(
  instance: Instance,
  flows: readonly Flow[],
  profiles: readonly Profile[],
): readonly SessionRole[] {
  const handedOut = new Set(
    flows.flatMap(flow => flow.targets.map(target => `${target.accountId}/${target.permissionSet}`)),
  );
  const seen = new Set<string>();
  return profiles.flatMap(profile => {
    const { ssoSession, accountId, roleName } = profile;
    if (!ssoSession || !roleName || accountId !== instance.accountId || profile.roleArn) return [];
    if (handedOut.has(`${accountId}/${roleName}`) || seen.has(roleName)) return [];
    seen.add(roleName);
    return [
      {
        role: { ssoSession, accountId, roleName },
        label: roleName,
        ...(profile.endpointUrl ? { endpointUrl: profile.endpointUrl } : {}),
      },
    ];
  });
}
