import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { SymFlow, SymTarget } from '../world/symCatalogue';
import type { Assignments } from './assignments';

/** `denied`, `expired` and `deescalated` are our spelling: the public contract does not give one. */
export type RunStatus = 'requested' | 'approved' | 'escalated' | 'denied' | 'expired' | 'deescalated';

export interface SymRun {
  readonly id: string;
  readonly flow: SymFlow;
  readonly target: SymTarget;
  readonly requester: string;
  readonly reason: string;
  readonly durationSeconds: number;
  readonly requestedAt: number;
  readonly status: RunStatus;
  /** A hook refused it: it will never be shown to an approver. */
  readonly refused?: boolean;
  readonly decidedBy?: string;
  readonly decidedAt?: number;
  /** What the approver, or the end, said. */
  readonly message?: string;
  readonly escalatedAt?: number;
  readonly endsAt?: number;
  readonly endedAt?: number;
  /** Told in place of `status`: a word that no client can know. */
  readonly toldStatus?: string;
}

export interface SymEvent {
  readonly id: string;
  readonly runId: string;
  readonly name: 'request' | 'approve' | 'deny' | 'escalate' | 'deescalate' | 'request_expire';
  readonly at: number;
  readonly status: 'pending' | 'success' | 'error';
  readonly error?: string;
}

export interface SymSettings {
  readonly approve: 'manual' | 'auto';
  /** In place of the duration that was asked for. Absent: the real one. */
  readonly grantMs?: number;
  /** From the assignment to the portal's showing it. */
  readonly propagationMs: number;
}

/** Why a decision was not taken. */
export type DecisionProblem = 'no-run' | 'not-waiting' | 'not-escalated' | 'self-approval';

/** How long Sym's hooks and its escalation take here. The real ones take seconds. */
const STEP_MS = 250;
/** The guardrail hook: a reason nobody can judge is refused. */
const SHORTEST_REASON = 8;

/** Sym's runs and events, and what they do to the assignments in Identity Center. */
export class SymRuns implements Disposable {
  readonly #clock: Clock;
  readonly #assignments: Assignments;
  #settings: SymSettings;
  readonly #runs = new Map<string, SymRun>();
  readonly #events = new Map<string, SymEvent>();
  readonly #timers = new DisposableStore();
  readonly #endTimers = new Map<string, Disposable>();
  readonly #onDidChange = new Emitter<SymRun>();

  readonly onDidChange: Event<SymRun> = this.#onDidChange.event;

  constructor(deps: { clock: Clock; assignments: Assignments; settings: SymSettings }) {
    this.#clock = deps.clock;
    this.#assignments = deps.assignments;
    this.#settings = deps.settings;
  }

  get settings(): SymSettings {
    return this.#settings;
  }

  /** Back door. Holds for what happens from now on. */
  configure(patch: Partial<SymSettings>): void {
    this.#settings = { ...this.#settings, ...patch };
  }

  /** Accepts a request that is well formed. Its hooks run afterwards: their refusal shows in the event. */
  request(facts: Pick<SymRun, 'flow' | 'target' | 'requester' | 'reason' | 'durationSeconds'>): {
    run: SymRun;
    event: SymEvent;
  } {
    const run: SymRun = {
      ...facts,
      id: randomUUID(),
      requestedAt: this.#clock.now(),
      status: 'requested',
    };
    const event = this.#record(run.id, 'request', 'pending');
    this.#put(run);
    this.#after(STEP_MS, () => this.#runHooks(run.id, event));
    return { run, event };
  }

  findRun(id: string): SymRun | undefined {
    return this.#runs.get(id);
  }

  findEvent(id: string): SymEvent | undefined {
    return this.#events.get(id);
  }

  /** Newest first. */
  listRuns(): readonly SymRun[] {
    return [...this.#runs.values()].reverse();
  }

  approve(runId: string, by: string): SymRun | DecisionProblem {
    const run = this.#waiting(runId);
    if (typeof run === 'string') return run;
    if (!run.flow.allowSelf && by === run.requester) return 'self-approval';
    this.#record(runId, 'approve', 'success');
    const approved = this.#put({ ...run, status: 'approved', decidedBy: by, decidedAt: this.#clock.now() });
    this.#after(STEP_MS, () => this.#escalate(runId));
    return approved;
  }

  deny(runId: string, by: string, reason: string): SymRun | DecisionProblem {
    const run = this.#waiting(runId);
    if (typeof run === 'string') return run;
    this.#record(runId, 'deny', 'success');
    const message = reason === '' ? `Denied by ${by}` : reason;
    return this.#put({ ...run, status: 'denied', decidedBy: by, decidedAt: this.#clock.now(), message });
  }

  /** The request waited too long. */
  expire(runId: string): SymRun | DecisionProblem {
    const run = this.#waiting(runId);
    if (typeof run === 'string') return run;
    this.#record(runId, 'request_expire', 'success');
    return this.#put({ ...run, status: 'expired', message: 'Nobody answered in time' });
  }

  /** Back door. From now on the run is told to stand at this word; its life goes on. */
  tell(runId: string, toldStatus: string): SymRun | DecisionProblem {
    const run = this.#runs.get(runId);
    return run === undefined ? 'no-run' : this.#put({ ...run, toldStatus });
  }

  /** The end of an escalated run: by its requester, an approver, or the clock. */
  deescalate(runId: string, message: string): { run: SymRun; event: SymEvent } | DecisionProblem {
    const run = this.#runs.get(runId);
    if (run === undefined) return 'no-run';
    if (run.status !== 'escalated') return 'not-escalated';
    this.#endTimers.get(runId)?.dispose();
    this.#endTimers.delete(runId);
    this.#assignments.withdraw(runId);
    const event = this.#record(runId, 'deescalate', 'success');
    const ended = this.#put({ ...run, status: 'deescalated', endedAt: this.#clock.now(), message });
    return { run: ended, event };
  }

  dispose(): void {
    this.#timers.dispose();
    for (const timer of this.#endTimers.values()) timer.dispose();
    this.#endTimers.clear();
  }

  #waiting(runId: string): SymRun | DecisionProblem {
    const run = this.#runs.get(runId);
    if (run === undefined) return 'no-run';
    return run.status === 'requested' && run.refused !== true ? run : 'not-waiting';
  }

  #runHooks(runId: string, event: SymEvent): void {
    const run = this.#runs.get(runId);
    if (run === undefined) return;
    const refusal = this.#hookRefusal(run);
    if (refusal !== undefined) {
      this.#events.set(event.id, { ...event, status: 'error', error: refusal });
      this.#put({ ...run, refused: true });
      return;
    }
    this.#events.set(event.id, { ...event, status: 'success' });
    this.#put(run);
    if (this.#settings.approve === 'auto' && run.status === 'requested')
      this.approve(runId, 'sym-auto-approve');
  }

  /** The flow's `on_request` hook. */
  #hookRefusal(run: SymRun): string | undefined {
    if (run.reason.trim().length < SHORTEST_REASON) {
      return `Please say more: a reason has at least ${SHORTEST_REASON} characters.`;
    }
    const same = this.listRuns().find(
      other =>
        other.id !== run.id &&
        other.requester === run.requester &&
        other.target === run.target &&
        other.refused !== true &&
        (other.status === 'requested' || other.status === 'approved'),
    );
    return same === undefined
      ? undefined
      : `You already have an open request for ${run.target.label}; wait for its answer first.`;
  }

  #escalate(runId: string): void {
    const run = this.#runs.get(runId);
    if (run?.status !== 'approved') return;
    const { accountId, permissionSet } = run.target;
    this.#assignments.assign(
      { user: run.requester, accountId, permissionSet, source: runId },
      this.#settings.propagationMs,
    );
    this.#record(runId, 'escalate', 'success');
    const escalatedAt = this.#clock.now();
    const lifetimeMs = this.#settings.grantMs ?? run.durationSeconds * 1000;
    this.#put({ ...run, status: 'escalated', escalatedAt, endsAt: escalatedAt + lifetimeMs });
    this.#endTimers.set(
      runId,
      this.#clock.schedule(lifetimeMs, () => this.deescalate(runId, 'time is up')),
    );
  }

  #after(delayMs: number, callback: () => void): void {
    this.#timers.add(this.#clock.schedule(delayMs, callback));
  }

  #record(runId: string, name: SymEvent['name'], status: SymEvent['status']): SymEvent {
    const event: SymEvent = { id: randomUUID(), runId, name, at: this.#clock.now(), status };
    this.#events.set(event.id, event);
    return event;
  }

  #put(run: SymRun): SymRun {
    this.#runs.set(run.id, run);
    this.#onDidChange.fire(run);
    return run;
  }
}
