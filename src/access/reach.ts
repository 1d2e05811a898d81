import type { AccessTarget, Flow, FlowTarget } from './flow';
import type { Grant } from './grant';
import { instanceKey, type Instance } from './instance';
import { isLike } from './tagMatch';

/** The first condition of a target that an instance does not meet, with both sides of the comparison. */
export type ReachObstacle =
  | { readonly kind: 'account'; readonly wanted: string; readonly actual: string }
  /** `actual` is absent when the instance does not carry the tag at all. */
  | { readonly kind: 'tag'; readonly key: string; readonly wanted: string; readonly actual?: string };

type Located = Pick<Instance, 'accountId' | 'tags'>;
type Identified = Located & Pick<Instance, 'id' | 'region'>;

/** Why the target does not reach the instance; `undefined` when it does. Conditions are tried in the order of the settings. */
export function reachObstacle(target: AccessTarget, instance: Located): ReachObstacle | undefined {
  if (target.accountId !== instance.accountId) {
    return { kind: 'account', wanted: target.accountId, actual: instance.accountId };
  }
  for (const [key, wanted] of Object.entries(target.instanceTags)) {
    const actual = Object.hasOwn(instance.tags, key) ? instance.tags[key] : undefined;
    if (actual === undefined) return { kind: 'tag', key, wanted };
    if (!isLike(wanted, actual)) return { kind: 'tag', key, wanted, actual };
  }
  return undefined;
}

export interface ReachReport {
  /** What may be asked for to get to the instance, in the order of the settings; ways for emergencies come last. */
  readonly reaching: readonly FlowTarget[];
  /** The rest, each with its first failing condition; near misses (same account) come first. */
  readonly failing: readonly (FlowTarget & { readonly obstacle: ReachObstacle })[];
}

/** Says of every target of every flow whether it reaches the instance, and if not, why. */
export function reachReport(flows: readonly Flow[], instance: Located): ReachReport {
  const reaching: FlowTarget[] = [];
  const failing: (FlowTarget & { obstacle: ReachObstacle })[] = [];
  for (const flow of flows) {
    for (const target of flow.targets) {
      const obstacle = reachObstacle(target, instance);
      if (obstacle) failing.push({ flow, target, obstacle });
      else reaching.push({ flow, target });
    }
  }
  reaching.sort((a, b) => Number(a.flow.breakGlass) - Number(b.flow.breakGlass));
  failing.sort((a, b) => Number(a.obstacle.kind === 'account') - Number(b.obstacle.kind === 'account'));
  return { reaching, failing };
}

/** Whether this grant lets a session be opened on the instance now. */
export function covers(grant: Grant, instance: Identified, now: number): boolean {
  return (
    grant.phase === 'active' &&
    (grant.effectiveEndsAt === undefined || now < grant.effectiveEndsAt) &&
    (grant.instanceKeys === undefined || grant.instanceKeys.includes(instanceKey(instance))) &&
    reachObstacle(grant.target, instance) === undefined
  );
}

/** Whether `grant` is not narrower than `other`, for the same target, in the instances it covers. */
export function coversAllOf(grant: Grant, other: Grant): boolean {
  const { instanceKeys } = grant;
  return (
    instanceKeys === undefined || (other.instanceKeys?.every(key => instanceKeys.includes(key)) ?? false)
  );
}

/** The active grant that covers the instance and ends last; `undefined` when none does. */
export function coveringGrant(
  grants: readonly Grant[],
  instance: Identified,
  now: number,
): Grant | undefined {
  let best: Grant | undefined;
  for (const grant of grants) {
    if (!covers(grant, instance, now)) continue;
    if (!best || endOf(grant) > endOf(best)) best = grant;
  }
  return best;
}

/** The live grant (provisioning, active or ending) for the same flow and target that ends last: what an overlap notice speaks of. */
export function overlappingGrant(
  grants: readonly Grant[],
  flowId: string,
  targetId: string,
  instance?: Pick<Instance, 'id' | 'accountId' | 'region'>,
): Grant | undefined {
  let best: Grant | undefined;
  for (const grant of grants) {
    if (grant.flowId !== flowId || grant.targetId !== targetId) continue;
    if (instance && grant.instanceKeys && !grant.instanceKeys.includes(instanceKey(instance))) continue;
    if (grant.phase !== 'provisioning' && grant.phase !== 'active') continue;
    if (!best || endOf(grant) > endOf(best)) best = grant;
  }
  return best;
}

function endOf(grant: Grant): number {
  return grant.effectiveEndsAt ?? Number.POSITIVE_INFINITY;
}
