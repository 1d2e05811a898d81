import type { CallOptions } from '../base/cancellation';
import { AppError, isAppError, messageOf } from '../base/errors';
import { callWithin } from './callWithin';
import type { LedgerDeps, SubmitContext } from './ledgerPorts';
import type { LedgerRecord } from './ledgerRecord';
import { ANSWER_WITHIN_MS } from './pace';
import { prepareRequest } from './prepareRequest';
import type { AccessRequest, RequestDraft } from './request';
import { reduceRequest } from './requestState';

/** A submission without an answer for this long will never be answered: the window that sent it is gone. */
const LOST_AFTER_MS = 4 * ANSWER_WITHIN_MS;

export interface LedgerSubmissionsDeps extends Pick<
  Required<LedgerDeps>,
  'brokers' | 'flows' | 'clock' | 'log' | 'newId'
> {
  readonly find: (requestId: string) => LedgerRecord | undefined;
  /** A request that is on the list. */
  readonly visible: (requestId: string) => AccessRequest | undefined;
  readonly commit: (record: LedgerRecord) => void;
  readonly apply: (requestId: string, change: (record: LedgerRecord) => LedgerRecord) => void;
}

/** Requests on their way to the broker: from the filled-in form until it has taken them, or until nobody can know any more. */
export class LedgerSubmissions {
  readonly #deps: LedgerSubmissionsDeps;
  /** Of this window, with their answer outstanding. */
  readonly #sending = new Set<string>();

  constructor(deps: LedgerSubmissionsDeps) {
    this.#deps = deps;
  }

  async submit(draft: RequestDraft, context: SubmitContext, options: CallOptions): Promise<AccessRequest> {
    const { brokers, clock, log } = this.#deps;
    const { request, found } = prepareRequest(draft, context, {
      flows: this.#deps.flows(),
      id: this.#deps.newId(),
      now: clock.now(),
      prolonged: context.extensionOf === undefined ? undefined : this.#deps.visible(context.extensionOf),
    });
    const broker = brokers.get(request.broker);
    if (!broker) throw new AppError('broker-not-configured', `There is no broker "${request.broker}"`);
    const { id } = request;
    this.#sending.add(id);
    this.#deps.commit({ request, notEscalatedAt: request.requestedAt, revision: 0, changedAt: clock.now() });
    try {
      const ref = await callWithin(
        clock,
        2 * ANSWER_WITHIN_MS,
        call => {
          const { draft, instanceKey } = request;
          return broker.submit(
            { requestId: id, ...found, draft, ...(instanceKey === undefined ? {} : { instanceKey }) },
            call,
          );
        },
        options,
      );
      log.info(`Request ${id}: taken by ${broker.id} as run ${ref.runId}`);
      this.#deps.apply(id, record => ({
        ...record,
        request: reduceRequest(record.request, { type: 'taken', ref, at: clock.now() }),
      }));
    } catch (failure) {
      log.warn(`Request ${id}: not taken by ${broker.id}`, messageOf(failure));
      this.#withdraw(id, messageOf(failure));
      throw told(failure);
    } finally {
      this.#sending.delete(id);
    }
    return this.#deps.find(id)?.request ?? request;
  }

  /** When a submission that nobody waits for any more counts as lost, epoch milliseconds; `undefined` for everything else. */
  lostAt(request: AccessRequest): number | undefined {
    return request.phase === 'submitting' && !this.#sending.has(request.id)
      ? request.requestedAt + LOST_AFTER_MS
      : undefined;
  }

  /** Forgets a submission that failed. It stays as a tombstone, so that another window's copy does not bring it back. */
  #withdraw(requestId: string, message: string): void {
    const record = this.#deps.find(requestId);
    if (!record) return;
    const request = reduceRequest(record.request, { type: 'lost', message, at: this.#deps.clock.now() });
    this.#deps.commit({ ...record, request, dismissed: true });
  }
}

/** What Node says when no connection came about: then nothing was sent. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A question without an answer may have arrived all the same, and must not be put again without a look: `details.perhapsTaken`. */
function told(failure: unknown): unknown {
  if (!isAppError(failure, 'broker-unavailable') && !isAppError(failure, 'network')) return failure;
  // Something else answered in the broker's place, or the broker itself said that it does not take it now.
  if (failure.details['answeredBy'] !== undefined || /^(4|503)/.test(failure.details['status'] ?? ''))
    return failure;
  for (let cause: unknown = failure; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && NEVER_SENT.has(cause.code)) return failure;
  }
  const details = { ...failure.details, perhapsTaken: 'yes' };
  return new AppError(failure.code, failure.message, { cause: failure.cause, details });
}

/** A submission of which nobody will ever learn the outcome, as it now stands. */
export function lostRequest(request: AccessRequest, now: number): AccessRequest {
  const message = 'The window closed before the broker answered; whether it took the request is unknown';
  return reduceRequest(request, { type: 'lost', message, at: now });
}
