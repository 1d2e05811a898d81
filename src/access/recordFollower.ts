import type { Clock } from '../base/clock';
import { AppError, isAppError, messageOf, type ErrorCode } from '../base/errors';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { AccessBroker } from './broker';
import { callWithin } from './callWithin';
import type { BrokerId } from './flow';
import type { GrantEvent } from './grantState';
import { grantRecord, readRecord, unreachableRecord, type LedgerRecord } from './ledgerRecord';
import type { GrantProbe } from './ledgerPorts';
import { ANSWER_WITHIN_MS, jittered, probePause, readPause, retryPause } from './pace';
import { PollLoop } from './pollLoop';

export interface FollowerDeps {
  readonly brokers: ReadonlyMap<BrokerId, AccessBroker>;
  readonly probe: GrantProbe;
  readonly clock: Clock;
  readonly log: Log;
  readonly warnBeforeMs: () => readonly number[];
  readonly serverOffsetMs: () => number;
  readonly random: () => number;
  /** The record as it is now; `undefined` once it is gone. */
  readonly record: () => LedgerRecord | undefined;
  readonly apply: (change: (record: LedgerRecord) => LedgerRecord) => void;
  /** The broker answered again after failures: what was in the way may be gone for others too. */
  readonly onRecovered: () => void;
}

/** Follows one request: asks the broker where it stands, and AWS whether it hands out the role. */
export class RecordFollower implements Disposable {
  readonly #deps: FollowerDeps;
  readonly #reader: PollLoop;
  readonly #prober: PollLoop;
  #readFailures = 0;
  #probeAnyway = false;
  #phase: string | undefined;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
    const onFailure = (failure: unknown) => deps.log.error('Following a request failed', messageOf(failure));
    this.#reader = new PollLoop(deps.clock, signal => this.#read(signal), onFailure);
    this.#prober = new PollLoop(deps.clock, signal => this.#probe(signal), onFailure);
  }

  /** Starts, hurries or stops the questions as the record now asks for. To be called after every change. */
  update(): void {
    const record = this.#deps.record();
    if (!record) {
      this.dispose();
      return;
    }
    const { clock } = this.#deps;
    if (this.#readPause(record) === undefined) this.#reader.stop();
    else this.#reader.start();
    const probeIn = record.grant && probePause(record.grant, clock.now());
    if (probeIn === undefined) {
      if (!this.#probeAnyway) this.#prober.stop();
    } else {
      this.#prober.start(record.grant?.phase === 'active' ? this.#jittered(probeIn) : 0);
    }
    const phase = record.grant?.phase;
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase === 'ending') this.#reader.hurry();
    if (phase === 'provisioning') this.#prober.hurry();
  }

  /** Asks everything that is open again at once, giving up answers that are outstanding. */
  recheck(): void {
    const record = this.#deps.record();
    if (!record) return;
    this.#readFailures = 0;
    if (this.#readPause(record) !== undefined) this.#reader.restart();
    if (record.grant?.phase === 'provisioning' || record.grant?.lastProblemCode) this.#prober.restart();
  }

  /** Asks again what could not be asked the last time. */
  retry(): void {
    if (this.#readFailures > 0) this.#reader.hurry();
    if (this.#deps.record()?.grant?.lastProblemCode) this.#prober.hurry();
  }

  /** Asks AWS once more whether it hands out the role, also when there is no reason of our own to doubt it. */
  doubtRole(): void {
    if (this.#deps.record()?.grant?.phase !== 'active') return;
    this.#probeAnyway = true;
    this.#prober.restart();
  }

  dispose(): void {
    this.#reader.dispose();
    this.#prober.dispose();
  }

  async #read(signal: AbortSignal): Promise<number | undefined> {
    const { clock, brokers, apply, random } = this.#deps;
    const request = this.#deps.record()?.request;
    const ref = request?.brokerRef;
    if (!request || !ref) return undefined;
    const sentAt = clock.now();
    try {
      const broker = brokers.get(request.broker);
      if (!broker) throw new AppError('broker-not-configured', `There is no broker "${request.broker}"`);
      const reading = await callWithin(clock, ANSWER_WITHIN_MS, options => broker.read(ref, options), {
        signal,
      });
      if (signal.aborted) return undefined;
      const recovered = this.#readFailures > 0;
      this.#readFailures = 0;
      apply(record => readRecord(record, { reading, sentAt, at: clock.now() }));
      if (recovered) this.#deps.onRecovered();
    } catch (failure) {
      if (signal.aborted) return undefined;
      this.#readFailures++;
      const problem = problemOf(failure);
      this.#deps.log.warn(`Request ${request.id}: cannot reach the broker (${problem.code}), retrying`);
      apply(record => unreachableRecord(record, problem, clock.now()));
    }
    const record = this.#deps.record();
    const pause = record && this.#readPause(record);
    if (pause === undefined) return undefined;
    return jittered(this.#readFailures > 0 ? retryPause(this.#readFailures) : pause, random());
  }

  async #probe(signal: AbortSignal): Promise<number | undefined> {
    const { clock, apply, brokers, probe, serverOffsetMs, warnBeforeMs } = this.#deps;
    const { grant, request } = this.#deps.record() ?? {};
    if (!grant || !request || grant.phase === 'ended' || grant.phase === 'ending') return undefined;
    const broker = brokers.get(request.broker);
    const ref = request.brokerRef;
    let event: (at: number) => GrantEvent;
    try {
      const answer = await callWithin(
        clock,
        ANSWER_WITHIN_MS,
        options => (ref && broker?.probe ? broker.probe(ref, options) : probe.probe(grant.target, options)),
        { signal },
      );
      event = answer.usable
        ? at => ({
            type: 'role-answered',
            // AWS writes the end by its own clock; all times of the ledger are by ours.
            expiresAt: Math.round(answer.expiresAt - serverOffsetMs()),
            warnBeforeMs: warnBeforeMs(),
            at,
          })
        : at => ({ type: 'role-refused', problem: answer.problem, at });
    } catch (failure) {
      if (signal.aborted) return undefined;
      const { code, message } = problemOf(failure);
      event = at => ({ type: 'role-unknown', code, problem: message, at });
    }
    if (signal.aborted) return undefined;
    this.#probeAnyway = false;
    apply(record => grantRecord(record, event(clock.now())));
    const after = this.#deps.record()?.grant;
    const pause = after && probePause(after, clock.now());
    return pause === undefined ? undefined : this.#jittered(pause);
  }

  #readPause(record: LedgerRecord): number | undefined {
    if (!record.request.brokerRef) return undefined;
    return readPause(record.request, record.grant, this.#deps.clock.now());
  }

  #jittered(pauseMs: number): number {
    return jittered(pauseMs, this.#deps.random());
  }
}

function problemOf(failure: unknown): { readonly code: ErrorCode; readonly message: string } {
  return isAppError(failure)
    ? { code: failure.code, message: failure.message }
    : { code: 'internal', message: messageOf(failure) };
}
