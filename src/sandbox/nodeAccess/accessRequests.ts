import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { Principal } from '../state/principal';
import type { ManualPolicy } from './approvalPolicy';

/** What an automatic approval gives: fixed by AWS. */
const AUTO_ACCESS_MS = 3_600_000;
/** How long approvers have. AWS does not say; this is what Automation's approval steps wait unless told. */
const UNANSWERED_MS = 7 * 24 * 3_600_000;

/** Who said what to the automation that collects approvals. */
export interface Approval {
  readonly by: Principal;
  readonly level: number;
  readonly at: number;
  readonly comment?: string;
}

/** `Expired` comes of itself; as a settlement it is the back door's. */
export type Settlement = 'Approved' | 'Rejected' | 'Revoked' | 'Cancelled' | 'Expired';

/** One just-in-time access request. Immutable: the store replaces it whole. Times in epoch milliseconds. */
export interface AccessRequest {
  /** `oi-` and twelve hex digits: also the id of its OpsItem. */
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly requester: Principal;
  readonly reason: string;
  readonly instanceIds: readonly string[];
  readonly createdAt: number;
  readonly changedAt: number;
  readonly changedBy: string;
  /** The manual policy that decides, and the automation that waits for approvers. Absent for an automatic approval. */
  readonly manual?: { readonly policy: ManualPolicy; readonly executionId: string };
  readonly approvals: readonly Approval[];
  readonly settled?: Settlement;
  /** The approver's words on a rejection. */
  readonly comment?: string;
  readonly accessEndsAt?: number;
}

/** `Pending`, what settled it, or `Expired`: nobody answered in time, or the access is over. */
export type Standing = 'Pending' | Settlement;

/** Every access request of the world, and the automations behind them. */
export class AccessRequests {
  readonly #clock: Clock;
  #accessMs: number | undefined;
  #approve: 'manual' | 'auto';
  readonly #requests = new Map<string, AccessRequest>();
  readonly #onDidChange = new Emitter<AccessRequest>();

  readonly onDidChange: Event<AccessRequest> = this.#onDidChange.event;

  /**
   * `accessMs` replaces what the policies say, so that a test or a demonstration need not wait an hour. `auto` stands in for approvers who
   * agree to everything at once.
   */
  constructor(deps: {
    readonly clock: Clock;
    readonly accessMs?: number | undefined;
    readonly approve?: 'manual' | 'auto' | undefined;
  }) {
    this.#clock = deps.clock;
    this.#accessMs = deps.accessMs;
    this.#approve = deps.approve ?? 'manual';
  }

  /** Back door: as the constructor's. Requests already made keep their end. */
  configure(change: { readonly accessMs?: number; readonly approve?: 'manual' | 'auto' }): void {
    this.#accessMs = change.accessMs ?? this.#accessMs;
    this.#approve = change.approve ?? this.#approve;
  }

  /** How long its access lasts, once approved. */
  accessMsOf({ manual }: Pick<AccessRequest, 'manual'>): number {
    return this.#accessMs ?? manual?.policy.accessMs ?? AUTO_ACCESS_MS;
  }

  /** `policy` absent: approved by policy, at once. */
  create(facts: {
    readonly accountId: string;
    readonly region: string;
    readonly requester: Principal;
    readonly reason: string;
    readonly instanceIds: readonly string[];
    readonly policy?: ManualPolicy | undefined;
  }): AccessRequest {
    const { policy, ...rest } = facts;
    const now = this.#clock.now();
    const granted = policy === undefined || this.#approve === 'auto';
    const manual = policy === undefined ? {} : { manual: { policy, executionId: randomUUID() } };
    const request: AccessRequest = {
      ...rest,
      id: `oi-${randomBytes(6).toString('hex')}`,
      createdAt: now,
      changedAt: now,
      changedBy: facts.requester.arn,
      approvals: [],
      ...manual,
      ...(granted ? { settled: 'Approved', accessEndsAt: now + this.accessMsOf(manual) } : {}),
    };
    this.#put(request);
    return request;
  }

  findIn(accountId: string, region: string, id: string): AccessRequest | undefined {
    const request = this.#requests.get(id);
    return request?.accountId === accountId && request.region === region ? request : undefined;
  }

  findByExecution(accountId: string, region: string, executionId: string): AccessRequest | undefined {
    return this.list(accountId, region).find(({ manual }) => manual?.executionId === executionId);
  }

  /** Newest first. */
  list(accountId: string, region: string): readonly AccessRequest[] {
    return this.all().filter(request => request.accountId === accountId && request.region === region);
  }

  /** Newest first, of all places: for the back door. */
  all(): readonly AccessRequest[] {
    return [...this.#requests.values()].reverse();
  }

  standing({ settled, createdAt, accessEndsAt }: AccessRequest): Standing {
    const now = this.#clock.now();
    if (settled === undefined) return now >= createdAt + UNANSWERED_MS ? 'Expired' : 'Pending';
    return settled === 'Approved' && accessEndsAt !== undefined && now >= accessEndsAt ? 'Expired' : settled;
  }

  /** The level whose approvals are still missing; `undefined` when none are. */
  openLevel({ manual, approvals }: AccessRequest): number | undefined {
    const levels = manual?.policy.levels ?? [];
    const index = levels.findIndex(
      (level, at) => approvals.filter(approval => approval.level === at).length < level.approvals,
    );
    return index < 0 ? undefined : index;
  }

  /** Counts one approval; the last one missing approves the request, from when its time counts. */
  approve(request: AccessRequest, by: Principal, comment?: string): void {
    const level = this.openLevel(request);
    if (level === undefined || this.standing(request) !== 'Pending') return;
    const at = this.#clock.now();
    const approvals = [...request.approvals, { by, level, at, ...(comment ? { comment } : {}) }];
    const counted: AccessRequest = { ...request, approvals, changedAt: at, changedBy: by.arn };
    this.#put(
      this.openLevel(counted) === undefined
        ? { ...counted, settled: 'Approved', accessEndsAt: at + this.accessMsOf(request) }
        : counted,
    );
  }

  settle(
    request: AccessRequest,
    settled: Exclude<Settlement, 'Approved'>,
    by: Principal,
    comment?: string,
  ): void {
    this.#put({
      ...request,
      settled,
      changedAt: this.#clock.now(),
      changedBy: by.arn,
      ...(comment ? { comment } : {}),
    });
  }

  #put(request: AccessRequest): void {
    this.#requests.set(request.id, request);
    this.#onDidChange.fire(request);
  }
}
