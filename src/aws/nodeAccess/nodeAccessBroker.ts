import type { AccessBroker, BrokerReading, ProbeAnswer } from '../../access/broker';
import type { BrokerRef } from '../../access/request';
import { REASON_LENGTH } from '../../access/requestForm';
import type { CallOptions } from '../../base/cancellation';
import { AppError, isAppError } from '../../base/errors';
import { readAccessRequest } from './accessRequestItem';
import type { NodeAccessApi } from './nodeAccessApi';
import type { NodeAccessCredentials } from './nodeAccessCredentials';
import { instancesOf } from './nodeAccessPlace';

/**
 * The access broker over AWS Systems Manager's just-in-time node access. A request is for single instances; the account's approval
 * policies decide who approves and for how long; what is approved hands out its own credentials. To ask and to follow it needs
 * `ssm:StartAccessRequest` and `ssm:GetAccessToken`; taking back and giving back need `ssm:GetOpsItem` and
 * `ssm:StopAutomationExecution` or `ssm:SendAutomationSignal` as well, and say so when they are missing.
 */
export class NodeAccessBroker implements AccessBroker {
  readonly id = 'aws';
  readonly #api: NodeAccessApi;
  readonly #credentials: NodeAccessCredentials;
  /** Requests taken back from here: AWS has no status of its own for that. */
  readonly #takenBack = new Set<string>();

  constructor(deps: { readonly api: NodeAccessApi; readonly credentials: NodeAccessCredentials }) {
    this.#api = deps.api;
    this.#credentials = deps.credentials;
  }

  async submit(
    { target, draft, instanceKey }: Parameters<AccessBroker['submit']>[0],
    options: CallOptions = {},
  ): Promise<BrokerRef> {
    if (instanceKey === undefined) {
      throw invalid('target', 'AWS grants access to single instances: ask for it from an instance');
    }
    const { place, instances } = instancesOf({ runId: '', instanceKeys: [instanceKey] });
    if (place.accountId !== target.accountId) {
      throw invalid('target', `The instance is in account ${place.accountId}, not in ${target.accountId}`);
    }
    const reason = reasonOf(draft.values.reason);
    const runId = await this.#api.startAccessRequest(
      place,
      { reason, instanceIds: instances.map(instance => instance.id) },
      options,
    );
    return { runId, instanceKeys: [instanceKey] };
  }

  async read(ref: BrokerRef, options: CallOptions = {}): Promise<BrokerReading> {
    const reading = await this.#read(ref, options);
    const { clockOffsetMs } = this.#api;
    return clockOffsetMs === undefined ? reading : { ...reading, clockOffsetMs };
  }

  async #read(ref: BrokerRef, options: CallOptions): Promise<BrokerReading> {
    const { status: rawStatus, credential } = await this.#credentials.ask(ref, options);
    switch (rawStatus) {
      case 'Pending':
        return { phase: 'pending', rawStatus };
      case 'Approved':
        return { phase: credential ? 'escalated' : 'approved', rawStatus };
    }
    if (this.#takenBack.has(ref.runId)) return { phase: 'cancelled', rawStatus };
    switch (rawStatus) {
      case 'Rejected':
        return { phase: 'denied', rawStatus };
      case 'Expired':
        return { phase: 'expired', rawStatus };
      case 'Revoked':
        return { phase: 'ended', rawStatus, endedBy: 'revoked' };
      default:
        return { phase: 'other', rawStatus };
    }
  }

  async probe(ref: BrokerRef, options: CallOptions = {}): Promise<ProbeAnswer> {
    try {
      const { expiresAt } = await this.#credentials.get(ref, { ...options, fresh: true });
      return { usable: true, expiresAt };
    } catch (failure) {
      if (isAppError(failure, 'no-grant')) return { usable: false, problem: failure.message };
      throw failure;
    }
  }

  /**
   * Revokes the approval. AWS means that for approvers: where the requester's role may not, this throws `broker-forbidden`, and for
   * what a policy approved by itself `broker-refused`; the access then lasts until its time is over.
   */
  async giveBack(ref: BrokerRef, options: CallOptions = {}): Promise<void> {
    await this.#signalEnd(ref, 'Approved', options, async executionId => {
      const { place } = instancesOf(ref);
      await this.#api.signal(place, { executionId, type: 'Revoke' }, options);
    });
    this.#credentials.forget(ref);
  }

  async cancel(ref: BrokerRef, options: CallOptions = {}): Promise<void> {
    await this.#signalEnd(ref, 'Pending', options, async executionId => {
      const { place } = instancesOf(ref);
      await this.#api.stopAutomation(place, executionId, options);
      this.#takenBack.add(ref.runId);
    });
  }

  /** Ends what stands at `status`. A refusal because it no longer stands there is no failure: it is over, or was decided meanwhile. */
  async #signalEnd(
    ref: BrokerRef,
    status: 'Pending' | 'Approved',
    options: CallOptions,
    end: (executionId: string) => Promise<void>,
  ): Promise<void> {
    try {
      await end(await this.#executionId(ref, options));
    } catch (failure) {
      if (!isAppError(failure, 'broker-refused')) throw failure;
      const now = await this.#credentials.ask(ref, options);
      if (now.status === status) throw failure;
    }
  }

  async #executionId(ref: BrokerRef, options: CallOptions): Promise<string> {
    const item = await this.#api.getOpsItem(instancesOf(ref).place, ref.runId, options);
    const { executionId } = readAccessRequest(item);
    if (executionId !== undefined) return executionId;
    const message = 'A policy of the account approved this by itself, and AWS has no way to end it early';
    throw new AppError('broker-refused', message);
  }
}

function reasonOf(value: unknown): string {
  const reason = typeof value === 'string' ? value.trim() : '';
  const length = Array.from(reason).length;
  if (length < REASON_LENGTH.min || length > REASON_LENGTH.max) {
    const { min, max } = REASON_LENGTH;
    throw invalid('reason', `AWS wants a reason of ${min} to ${max} characters`);
  }
  return reason;
}

function invalid(field: string, message: string): AppError {
  return new AppError('request-invalid', message, { details: { [field]: message } });
}
