import type { ErrorCode } from '../base/errors';
import type { AccessTarget, BrokerId } from './flow';

export type FieldValue = string | number | boolean | readonly string[] | readonly number[];

/** What a person fills in. `values` holds the flow's fields by name; a duration is in whole seconds. */
export interface RequestDraft {
  readonly flowId: string;
  readonly targetId: string;
  readonly values: Readonly<Record<string, FieldValue>>;
}

/**
 * Where a request stands. `other` is a status the broker reported that we do not know; it is shown as it is and never
 * taken for an approval.
 */
export type RequestPhase =
  | 'submitting'
  | 'submitted'
  | 'pending'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'failed'
  | 'other';

export interface RequestStep {
  readonly phase: RequestPhase;
  /** Epoch milliseconds at which we learnt of it. */
  readonly at: number;
  /** The broker's own words, when it gave any. */
  readonly message?: string;
}

/** One asking, from sending to its outcome. Immutable; the ledger replaces it whole. */
export interface AccessRequest {
  /** Ours: a UUID made before sending, sent as `X-Sym-Request-ID`, and shown for support. */
  readonly id: string;
  readonly broker: BrokerId;
  readonly flowId: string;
  readonly targetId: string;
  readonly draft: RequestDraft;
  /** The flow and target as they were when asked for, so that a later edit of the settings cannot change what was granted. */
  readonly flowLabel: string;
  readonly target: AccessTarget;
  readonly approvers?: string;
  /** Asked under a flow for emergencies: marked wherever it shows, and reviewed after its end. */
  readonly breakGlass?: true;
  /** The request whose grant this one prolongs: a new request for the same target. */
  readonly extensionOf?: string;
  /** What the target was for, so that we can offer to connect. `instanceKey` of the instance asked from, when there was one. */
  readonly instanceKey?: string;
  /** What to do on activation, as the person chose in the form. */
  readonly whenActive: WhenActive;
  /** With `forwardPort`: what to forward. */
  readonly forward?: WantedForward;
  /** How the broker names it (Sym: run id and event id). Absent until it has answered. */
  readonly brokerRef?: BrokerRef;
  readonly phase: RequestPhase;
  /** The broker's own word for its status. */
  readonly rawStatus?: string;
  readonly steps: readonly RequestStep[];
  readonly requestedAt: number;
  /** Seconds asked for. Absent for flows without a duration. */
  readonly durationSeconds?: number;
  /** Why the broker cannot be asked at the moment; the ledger goes on trying. Absent after the next answer. */
  readonly problem?: FollowProblem;
}

export type WhenActive = 'nothing' | 'openShell' | 'forwardPort';

/** A port forward that was asked for before there was access. */
export interface WantedForward {
  /** Absent for a port of the instance itself. */
  readonly host?: string;
  readonly port: number;
  /** 0 for any free one. */
  readonly localPort: number;
}

export interface FollowProblem {
  readonly code: ErrorCode;
  readonly message: string;
  /** Epoch milliseconds of the first failure since the last answer. */
  readonly since: number;
}

export interface BrokerRef {
  readonly runId: string;
  readonly eventId?: string;
  /** The instances that the request is for, by key, where the broker grants no more than these. */
  readonly instanceKeys?: readonly string[];
}

/** The order in which requests are shown, newest first. The same in every window, also for two that were made in the same millisecond. */
export function newestFirst(a: AccessRequest, b: AccessRequest): number {
  return b.requestedAt - a.requestedAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}

const FINAL: ReadonlySet<RequestPhase> = new Set(['denied', 'expired', 'cancelled', 'failed']);

/** Whether nothing more can come of the request itself. An approved one lives on as a grant. */
export function isRequestOver(phase: RequestPhase): boolean {
  return FINAL.has(phase);
}

/**
 * Whether a rule of the flow refused it. Sym takes a request first and runs the flow's hooks afterwards; a refusal then shows in the event
 * while the run keeps the status `requested`. A run with a failure of its own, or one that was never taken, was not refused by a rule.
 */
export function isRefusedByRule({
  phase,
  broker,
  brokerRef,
  rawStatus,
}: Pick<AccessRequest, 'phase' | 'broker' | 'brokerRef' | 'rawStatus'>): boolean {
  return phase === 'failed' && broker === 'sym' && brokerRef !== undefined && rawStatus === 'requested';
}

/** Whether what is asked for would forward ports. AWS's own policy for access tokens opens shells and nothing else. */
export function forwardsPorts({ broker }: Pick<AccessRequest, 'broker'>): boolean {
  return broker !== 'aws';
}
