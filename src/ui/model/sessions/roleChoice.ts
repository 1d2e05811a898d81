import type { Flow, FlowTarget } from '../../../access/flow';
import type { Grant } from '../../../access/grant';
import type { Instance } from '../../../access/instance';
import type { Endpoints, Profile, SsoRole } from '../../../access/profile';
import { covers, coveringGrant, reachReport } from '../../../access/reach';

/** Where the credentials of a session come from. */
export type SessionCredentials =
  /** Identity Center hands out the role. */
  | { readonly kind: 'role'; readonly role: SsoRole }
  /** The broker hands them out for the grant: AWS's just-in-time node access. */
  | { readonly kind: 'broker' };

/** As whom a session may be opened. */
export interface SessionRole {
  readonly credentials: SessionCredentials;
  /** The grant that the session lives and dies with; absent for a role the person always has. */
  readonly grant?: Grant;
  /** `FrontEnd SSH`, or the name of the standing profile. */
  readonly label: string;
  readonly endpoints?: Endpoints;
  /** The profile of the AWS config that is this role, where there is one: programs that read the config can use it. */
  readonly profileName?: string;
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
 * Chooses the role for an instance. A grant whose conditions hold comes first; then any active grant of a role in the account, for
 * only AWS knows its policies and its refusal can be explained; then, only if nothing could be asked for, a standing role.
 */
export function chooseRole(
  instance: Instance,
  context: {
    readonly flows: readonly Flow[];
    readonly grants: readonly Grant[];
    readonly profiles: readonly Profile[];
    readonly now: number;
    /** AWS's node access opens shells only, so a port takes a role where there is one. */
    readonly purpose?: 'shell' | 'forward';
  },
): RoleChoice {
  const ofRoles = context.grants.filter(grant => !handsOutCredentials(grant));
  const covering =
    (context.purpose === 'forward' ? coveringGrant(ofRoles, instance, context.now) : undefined) ??
    coveringGrant(context.grants, instance, context.now);
  const candidates = covering
    ? [covering]
    : ofRoles.filter(
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

/**
 * How a grant is used: its permission set, reached through the sign-in that any profile of its account uses; or what the broker hands
 * out itself.
 */
export function roleOfGrant(grant: Grant, profiles: readonly Profile[]): SessionRole | undefined {
  const { accountId, permissionSet, label } = grant.target;
  const ofAccount = profiles.filter(profile => profile.accountId === accountId && profile.ssoSession);
  const profile = ofAccount.find(candidate => candidate.roleName === permissionSet) ?? ofAccount[0];
  const common = { grant, label, ...(profile?.endpoints ? { endpoints: profile.endpoints } : {}) };
  if (handsOutCredentials(grant)) return { ...common, credentials: { kind: 'broker' } };
  if (!profile?.ssoSession || !permissionSet) return undefined;
  const role = { ssoSession: profile.ssoSession, accountId, roleName: permissionSet };
  return {
    ...common,
    credentials: { kind: 'role', role },
    ...(profile.roleName === permissionSet ? { profileName: profile.name } : {}),
  };
}

/** The active grant for the same as `grant` that covers the instance now, when `grant` itself is over: an extension takes its place. */
export function heirOf(
  grant: Grant,
  grants: readonly Grant[],
  instance: Instance,
  now: number,
): Grant | undefined {
  const current = grants.find(({ requestId }) => requestId === grant.requestId);
  if (current && covers(current, instance, now)) return current;
  const sameTarget = grants.filter(
    ({ flowId, targetId }) => flowId === grant.flowId && targetId === grant.targetId,
  );
  return coveringGrant(sameTarget, instance, now);
}

/** A target without a permission set is one of AWS's node access. */
function handsOutCredentials({ target }: Grant): boolean {
  return target.permissionSet === undefined;
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
        credentials: { kind: 'role', role: { ssoSession, accountId, roleName } },
        label: roleName,
        profileName: profile.name,
        ...(profile.endpoints ? { endpoints: profile.endpoints } : {}),
      },
    ];
  });
}
