import type { AccessBroker, BrokerReading } from '../access/broker';
import type { BrokerRef } from '../access/request';
import type { CallOptions } from '../base/cancellation';
import { AppError, isAppError } from '../base/errors';
import { parseSrn } from './srn';
import type { SymClient, SymEvent } from './symClient';

/** The access broker over Sym's request API. */
export class SymBroker implements AccessBroker {
  readonly id = 'sym';
  readonly #client: SymClient;
  /** Events known to have succeeded: they have nothing more to tell. */
  readonly #succeeded = new Set<string>();
  /** The last de-escalation asked for, by run. */
  readonly #deescalations = new Map<string, string>();

  constructor(client: SymClient) {
    this.#client = client;
  }

  async submit(
    { requestId, flow, target, draft }: Parameters<AccessBroker['submit']>[0],
    options: CallOptions = {},
  ): Promise<BrokerRef> {
    if (parseSrn(flow.id)?.model !== 'flow') {
      throw new AppError('request-invalid', `"${flow.id}" is not the name of a Sym flow`);
    }
    if (parseSrn(target.id)?.model !== 'access_target') {
      throw new AppError('request-invalid', `"${target.id}" is not the name of a Sym access target`);
    }
    return await this.#client.request(
      { requestId, flowSrn: flow.id, inputs: { ...draft.values, target_srn: target.id } },
      options,
    );
  }

  /**
   * Follows the run and the request's event together: a hook that refuses a request does so after Sym has taken it, and then only the
   * event tells, while the run keeps its status.
   */
  async read(ref: BrokerRef, options: CallOptions = {}): Promise<BrokerReading> {
    const reading = await this.#read(ref, options);
    const { clockOffsetMs } = this.#client;
    return clockOffsetMs === undefined ? reading : { ...reading, clockOffsetMs };
  }

  async #read(ref: BrokerRef, options: CallOptions): Promise<BrokerReading> {
    const [event, run] = await Promise.all([
      this.#event(ref.eventId, options),
      this.#client.run(ref.runId, options),
    ]);
    const rawStatus = run.status;
    const phase = phaseOf(rawStatus);
    if (phase === 'escalated') {
      const refusal = await this.#giveBackRefusal(ref.runId, options);
      return refusal === undefined ? { phase, rawStatus } : { phase, rawStatus, giveBackRefused: refusal };
    }
    if (event?.status === 'error' && (phase === 'pending' || phase === 'other')) {
      return { phase: 'failed', rawStatus, ...(event.error === undefined ? {} : { message: event.error }) };
    }
    if (phase === 'pending' && event && event.status !== 'success') return { phase: 'submitted', rawStatus };
    return {
      phase,
      rawStatus,
      ...(run.message === undefined ? {} : { message: run.message }),
      ...(phase === 'ended' && rawStatus.toLowerCase().includes('revoke')
        ? { endedBy: 'revoked' as const }
        : {}),
    };
  }

  async giveBack(ref: BrokerRef, options: CallOptions = {}): Promise<void> {
    try {
      const { eventId } = await this.#client.deescalate(ref.runId, options);
      this.#deescalations.set(ref.runId, eventId);
    } catch (failure) {
      // Only an escalated run can be de-escalated, so this one is over already.
      if (isAppError(failure, 'broker-refused') && failure.details['code'] === 'DeescalateAPI:INVALID_RUN')
        return;
      throw failure;
    }
  }

  async #event(eventId: string | undefined, options: CallOptions): Promise<SymEvent | undefined> {
    if (eventId === undefined || this.#succeeded.has(eventId)) return undefined;
    const event = await this.#client.event(eventId, options);
    if (event.status === 'success') this.#succeeded.add(eventId);
    return event;
  }

  async #giveBackRefusal(runId: string, options: CallOptions): Promise<string | undefined> {
    const eventId = this.#deescalations.get(runId);
    if (eventId === undefined) return undefined;
    const event = await this.#client.event(eventId, options);
    if (event.status !== 'error') return undefined;
    this.#deescalations.delete(runId);
    return event.error ?? 'Sym refused to end the grant';
  }
}

/**
 * Only `requested`, `approved` and `escalated` are documented, and only they move anything forward. The other outcomes exist but nobody
 * has written down their spelling: likely ones are recognised so that they read better, and the rest is `other`. The ledger
 * treats whatever follows `escalated` as the end, so nothing hangs on a right guess.
 */
function phaseOf(status: string): BrokerReading['phase'] {
  switch (status) {
    case 'requested':
      return 'pending';
    case 'approved':
    case 'escalated':
      return status;
  }
  return LIKELY.get(status.toLowerCase().replace(/[^a-z]/g, '')) ?? 'other';
}

const LIKELY: ReadonlyMap<string, BrokerReading['phase']> = new Map([
  ['denied', 'denied'],
  ['expired', 'expired'],
  ['requestexpired', 'expired'],
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
  ['failed', 'failed'],
  ['error', 'failed'],
  ['errored', 'failed'],
  ['deescalated', 'ended'],
  ['revoked', 'ended'],
]);
