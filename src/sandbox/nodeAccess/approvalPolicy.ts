import type { Principal } from '../state/principal';

/** Tags that a node must carry, values and all. Empty: every node. */
export type NodeTags = Readonly<Record<string, string>>;

/** One statement of the deny-access or auto-approval policy: whom and which nodes it is about. */
export interface PolicyStatement {
  /** User names; absent: everybody. */
  readonly users?: readonly string[];
  readonly tags: NodeTags;
}

/** One level of a manual policy. All levels must be passed, in order. */
export interface ApprovalLevel {
  /** Permission sets whose holders may approve. */
  readonly approverRoles: readonly string[];
  readonly approvals: number;
}

export interface ManualPolicy {
  readonly name: string;
  /** Empty: all nodes. */
  readonly tags: NodeTags;
  /** 1 to 336 hours in AWS. */
  readonly accessMs: number;
  readonly levels: readonly ApprovalLevel[];
}

/**
 * What decides about requests in one account and region. Evaluated deny, then auto, then manual
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-just-in-time-node-access-approval-policies.html).
 * AWS writes the first two in Cedar; here they are data.
 */
export interface ApprovalPolicies {
  /** Denies nothing but the automatic approval: the manual policies still apply. */
  readonly denyAuto: readonly PolicyStatement[];
  readonly auto: readonly PolicyStatement[];
  readonly manual: readonly ManualPolicy[];
}

export type PolicyVerdict =
  | { readonly kind: 'auto' }
  | { readonly kind: 'manual'; readonly policy: ManualPolicy }
  | { readonly kind: 'none' }
  /** Several equally specific manual policies apply, which AWS takes for a failure. */
  | { readonly kind: 'conflict'; readonly policies: readonly ManualPolicy[] };

/** What an approval policy says of one person and one node. */
export function judge(
  policies: ApprovalPolicies,
  principal: Pick<Principal, 'userName'>,
  nodeTags: NodeTags,
): PolicyVerdict {
  const concerns = (statement: PolicyStatement) =>
    (statement.users?.includes(principal.userName) ?? true) && carries(nodeTags, statement.tags);
  if (policies.auto.some(concerns) && !policies.denyAuto.some(concerns)) return { kind: 'auto' };
  const specific = policies.manual.filter(
    ({ tags }) => Object.keys(tags).length > 0 && carries(nodeTags, tags),
  );
  const applying =
    specific.length > 0 ? specific : policies.manual.filter(({ tags }) => !Object.keys(tags).length);
  const [policy, ...others] = applying;
  if (policy === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'manual', policy } : { kind: 'conflict', policies: applying };
}

function carries(nodeTags: NodeTags, wanted: NodeTags): boolean {
  return Object.entries(wanted).every(([key, value]) => nodeTags[key] === value);
}
