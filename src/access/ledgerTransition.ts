import type { Grant } from './grant';
import type { LedgerRecord } from './ledgerRecord';
import { coversAllOf } from './reach';
import type { AccessRequest, RequestPhase } from './request';

export type TransitionKind =
  | Exclude<RequestPhase, 'submitting'>
  | 'provisioning'
  | 'active'
  /** It was active and AWS stopped handing out the role; the grant is provisioning again. */
  | 'suspended'
  /** Active again after `suspended`. */
  | 'resumed'
  /** A warning threshold was passed: `warningMs` before the effective end. */
  | 'warning'
  | 'ending'
  /** Given back, and the broker did not take it: the grant is in force after all. */
  | 'give-back-failed'
  | 'ended';

/** Something happened, once. Told to one window only when several share a store; projections follow `onDidChange`. */
export interface LedgerTransition {
  readonly kind: TransitionKind;
  readonly request: AccessRequest;
  readonly grant?: Grant;
  readonly warningMs?: number;
  /** On `ended`: the request id of another active grant for the same flow and target, which takes over (an extension). */
  readonly continuedBy?: string;
}

/** What happened between two versions of a record, in order of happening. */
export function transitionsBetween(
  before: LedgerRecord | undefined,
  after: LedgerRecord,
): readonly LedgerTransition[] {
  const found: LedgerTransition[] = [];
  const was = before?.request.phase;
  const { request, grant } = after;
  if (was !== request.phase && request.phase !== 'submitting') found.push({ kind: request.phase, request });
  if (!grant) return found;
  const tell = (kind: TransitionKind, warningMs?: number) =>
    found.push(warningMs === undefined ? { kind, request, grant } : { kind, request, grant, warningMs });
  const had = before?.grant;
  // A grant that was over when we first heard of it never was being set up, as far as anybody saw.
  if (!had && grant.phase !== 'ended') tell('provisioning');
  const phaseBefore = had?.phase ?? 'provisioning';
  if (phaseBefore !== grant.phase) {
    if (phaseBefore === 'ending' && grant.phase !== 'ended') tell('give-back-failed');
    else if (grant.phase === 'active') tell(had?.activeAt === undefined ? 'active' : 'resumed');
    else tell(grant.phase === 'provisioning' ? 'suspended' : grant.phase);
  } else if (grant.phase === 'active') {
    const fresh = grant.warned.filter(threshold => !had?.warned.includes(threshold));
    if (fresh.length > 0) tell('warning', Math.min(...fresh));
  }
  return found;
}

/** What to tell of a change, in the light of the other grants: the end of a grant that another one continues is no reason to warn. */
export function newsBetween(
  before: LedgerRecord | undefined,
  after: LedgerRecord,
  grants: readonly Grant[],
): readonly LedgerTransition[] {
  const successor = after.grant && successorOf(after.grant, grants);
  return transitionsBetween(before, after).flatMap(transition => {
    if (!successor) return [transition];
    if (transition.kind === 'warning') return [];
    return transition.kind === 'ended' ? [{ ...transition, continuedBy: successor.requestId }] : [transition];
  });
}

/** Another active grant for the same flow and target that reaches as far and lasts longer. */
function successorOf(grant: Grant, grants: readonly Grant[]): Grant | undefined {
  const end = (value: Grant) => value.effectiveEndsAt ?? Number.POSITIVE_INFINITY;
  return grants.find(
    other =>
      other.requestId !== grant.requestId &&
      other.flowId === grant.flowId &&
      other.targetId === grant.targetId &&
      coversAllOf(other, grant) &&
      other.phase === 'active' &&
      (grant.phase === 'ended' || end(other) > end(grant)),
  );
}
