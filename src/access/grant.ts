import type { ErrorCode } from '../base/errors';
import type { AccessTarget } from './flow';

/**
 * `provisioning`: approved, and AWS does not hand out the role (yet, or for the moment). `active`: it does.
 * `ending`: given back, and the broker has not confirmed it. `ended`: over for good.
 */
export type GrantPhase = 'provisioning' | 'active' | 'ending' | 'ended';

/** Why a grant is over. Exactly one, told to the user and to every session that hung on it. */
export type GrantEndReason =
  | 'expired'
  | 'given-back'
  | 'revoked'
  /** The broker reported an end that we cannot name. */
  | 'ended-by-broker'
  | 'provisioning-failed';

/** What bounds the grant: the earliest of these is the effective end. */
export type GrantBound = 'grant' | 'permission-set-session' | 'role-credentials';

/** Access that was approved. Immutable; the ledger replaces it whole. */
export interface Grant {
  /** The id of the request it came from. */
  readonly requestId: string;
  readonly flowId: string;
  readonly targetId: string;
  readonly target: AccessTarget;
  readonly flowLabel: string;
  /** The only instances it covers, by key. Absent: whatever the target reaches. */
  readonly instanceKeys?: readonly string[];
  /** Asked under a flow for emergencies. */
  readonly breakGlass?: true;
  /** The request whose grant this one prolongs. */
  readonly extensionOf?: string;
  readonly phase: GrantPhase;
  /** When we learnt that the broker had made the assignment (Sym: `escalated`). */
  readonly approvedAt: number;
  /** When AWS first handed out the role's credentials. */
  readonly activeAt?: number;
  /**
   * End of the grant itself, epoch milliseconds; see `grantState.ts` for how it is reckoned. Absent for flows without a
   * duration: then only the broker ends it.
   */
  readonly endsAt?: number;
  /**
   * Present when we were away as the broker's clock started: the grant ends between this and `endsAt`, so say "at the latest".
   */
  readonly earliestEndsAt?: number;
  /** When a reading that said the grant is there was last asked for. */
  readonly confirmedAt: number;
  /** End of the role credentials AWS handed out last; they are renewed while the grant lasts. */
  readonly roleEndsAt?: number;
  /** What `roleEndsAt` comes from: the permission set's session duration, or what AWS wrote on the credentials. */
  readonly roleBound?: Exclude<GrantBound, 'grant'>;
  /** The earliest of all bounds, and which one it is. */
  readonly effectiveEndsAt?: number;
  readonly boundBy?: GrantBound;
  /** How often we asked AWS in vain while provisioning, and what it said last. */
  readonly attempts: number;
  readonly lastProblem?: string;
  /** Set when the question itself could not be asked: `signed-out`, `network`, … */
  readonly lastProblemCode?: ErrorCode;
  /** Warning thresholds (milliseconds before the effective end) that are behind us. */
  readonly warned: readonly number[];
  /** When giving it back began, while `ending`. */
  readonly givingBackSince?: number;
  readonly endReason?: GrantEndReason;
  /** The broker's words on the end, when it gave any. */
  readonly endMessage?: string;
  readonly endedAt?: number;
}

/** Whether the broker's assignment is (or may still be) in force. */
export function isGrantLive(grant: Pick<Grant, 'phase'>): boolean {
  return grant.phase !== 'ended';
}

/** Milliseconds until the effective end, never below zero. `undefined` when the grant has no end of its own. */
export function remainingMs(grant: Pick<Grant, 'effectiveEndsAt'>, now: number): number | undefined {
  return grant.effectiveEndsAt === undefined ? undefined : Math.max(0, grant.effectiveEndsAt - now);
}
