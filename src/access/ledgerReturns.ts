import type { CallOptions } from '../base/cancellation';
import type { Clock } from '../base/clock';
import { AppError, messageOf } from '../base/errors';
import type { Log } from '../base/log';
import type { AccessBroker } from './broker';
import { callWithin } from './callWithin';
import type { BrokerId } from './flow';
import { grantRecord, type LedgerRecord } from './ledgerRecord';
import { ANSWER_WITHIN_MS } from './pace';
import { isRequestOver } from './request';

export interface LedgerReturnsDeps {
  readonly brokers: ReadonlyMap<BrokerId, AccessBroker>;
  readonly clock: Clock;
  readonly log: Log;
  readonly find: (requestId: string) => LedgerRecord | undefined;
  readonly apply: (requestId: string, change: (record: LedgerRecord) => LedgerRecord) => void;
  /** Asks the broker at once what came of it. */
  readonly recheck: (requestId: string) => void;
}

/** What a person gives up before its time: grants are given back, requests taken back. */
export class LedgerReturns {
  readonly #deps: LedgerReturnsDeps;

  constructor(deps: LedgerReturnsDeps) {
    this.#deps = deps;
  }

  async giveBack(requestId: string, options: CallOptions): Promise<void> {
    const { brokers, clock, log, find, apply } = this.#deps;
    const { request, grant } = find(requestId) ?? {};
    const ref = request?.brokerRef;
    if (!request || !grant || !ref) throw new AppError('no-grant', 'There is no grant to give back');
    if (grant.phase === 'ended') return;
    const broker = brokers.get(request.broker);
    if (!broker) throw new AppError('broker-not-configured', `There is no broker "${request.broker}"`);
    apply(requestId, record => grantRecord(record, { type: 'give-back', at: clock.now() }));
    try {
      await callWithin(clock, ANSWER_WITHIN_MS, call => broker.giveBack(ref, call), options);
      log.info(`Request ${requestId}: given back`);
    } catch (failure) {
      const problem = messageOf(failure);
      log.warn(`Request ${requestId}: could not be given back`, problem);
      apply(requestId, record => grantRecord(record, { type: 'give-back-failed', problem, at: clock.now() }));
      throw failure;
    }
    this.#deps.recheck(requestId);
  }

  canCancel(requestId: string): boolean {
    const { request, grant } = this.#deps.find(requestId) ?? {};
    if (!request?.brokerRef || grant || isRequestOver(request.phase)) return false;
    return this.#deps.brokers.get(request.broker)?.cancel !== undefined;
  }

  async cancel(requestId: string, options: CallOptions): Promise<void> {
    const { brokers, clock, log, find } = this.#deps;
    const request = this.canCancel(requestId) ? find(requestId)?.request : undefined;
    const ref = request?.brokerRef;
    const broker = request && brokers.get(request.broker);
    if (!ref || !broker?.cancel) throw new AppError('request-invalid', 'The request cannot be taken back');
    await callWithin(
      clock,
      ANSWER_WITHIN_MS,
      call => broker.cancel?.(ref, call) ?? Promise.resolve(),
      options,
    );
    log.info(`Request ${requestId}: taken back`);
    this.#deps.recheck(requestId);
  }
}
