import type { CallOptions } from '../../base/cancellation';
import type { Log } from '../../base/log';
import { AppError, isAppError } from '../../base/errors';
import { readAccessRequest, type AccessRequestItem } from './accessRequestItem';
import type { NodeAccessApi } from './nodeAccessApi';
import type { NodeAccessPlace } from './nodeAccessPlace';

/** A request that waits for an approver, or was approved and can be revoked. */
export interface InboxItem extends AccessRequestItem {
  readonly place: NodeAccessPlace;
}

/** OpsItems' words for a request that waits. AWS documents neither, so both are asked for. */
const WAITING = ['Pending', 'PendingApproval'] as const;
const GRANTED = ['Approved'] as const;

/** How many OpsItems are fetched at a time. */
const AT_A_TIME = 5;

/**
 * The approver's side of just-in-time node access. Needs `ssm:DescribeOpsItems`, `ssm:GetOpsItem` and `ssm:SendAutomationSignal`. Whether
 * one may decide about a request (one's own, for instance) is for AWS to say. All throw as `NodeAccessApi`.
 */
export class NodeAccessInbox {
  readonly #api: NodeAccessApi;
  readonly #log: Log;

  constructor(deps: { readonly api: NodeAccessApi; readonly log: Log }) {
    this.#api = deps.api;
    this.#log = deps.log;
  }

  /** What waits for an approver in a place, oldest first: whoever asked first has waited longest. */
  async listPending(place: NodeAccessPlace, options: CallOptions = {}): Promise<readonly InboxItem[]> {
    return await this.#list(place, WAITING, options);
  }

  /**
   * What was asked for after `since` (epoch milliseconds), is approved and in force, oldest first: what can be revoked. The bound keeps
   * long-past requests out of the way, in case AWS leaves them at their last word.
   */
  async listGranted(
    place: NodeAccessPlace,
    since: number,
    options: CallOptions = {},
  ): Promise<readonly InboxItem[]> {
    return await this.#list(place, GRANTED, options, since);
  }

  async approve(item: InboxItem, comment?: string, options: CallOptions = {}): Promise<void> {
    await this.#decide(item, 'Approve', comment, options);
  }

  async reject(item: InboxItem, comment?: string, options: CallOptions = {}): Promise<void> {
    await this.#decide(item, 'Reject', comment, options);
  }

  /** Takes an approval back. Sessions that are open stay open: AWS does not end them. */
  async revoke(item: InboxItem, options: CallOptions = {}): Promise<void> {
    await this.#decide(item, 'Revoke', undefined, options);
  }

  async #decide(
    { place, id, executionId }: InboxItem,
    type: 'Approve' | 'Reject' | 'Revoke',
    comment: string | undefined,
    options: CallOptions,
  ): Promise<void> {
    if (executionId === undefined) {
      throw new AppError('broker-refused', `A policy decided about ${id}: there is nobody to signal`);
    }
    const said = comment?.trim();
    await this.#api.signal(place, { executionId, type, ...(said ? { comment: said } : {}) }, options);
    this.#log.info(`Access request ${id}: ${type} sent`);
  }

  async #list(
    place: NodeAccessPlace,
    statuses: readonly string[],
    options: CallOptions,
    since?: number,
  ): Promise<readonly InboxItem[]> {
    const wanted = { statuses, ...(since === undefined ? {} : { since }) };
    const summaries = await this.#api.describeAccessRequests(place, wanted, options);
    const ids = summaries.flatMap(summary => summary.OpsItemId ?? []);
    const items: InboxItem[] = [];
    for (let start = 0; start < ids.length; start += AT_A_TIME) {
      const chunk = ids.slice(start, start + AT_A_TIME);
      const found = await Promise.all(chunk.map(id => this.#item(place, id, options)));
      items.push(...found.flatMap(item => (item && statuses.includes(item.status) ? item : [])));
    }
    return items.sort((a, b) => (a.requestedAt ?? 0) - (b.requestedAt ?? 0));
  }

  /** `undefined` for one that is gone since it was listed. */
  async #item(place: NodeAccessPlace, id: string, options: CallOptions): Promise<InboxItem | undefined> {
    try {
      return { ...readAccessRequest(await this.#api.getOpsItem(place, id, options)), place };
    } catch (failure) {
      if (isAppError(failure) && failure.details.awsCode === 'OpsItemNotFoundException') return undefined;
      throw failure;
    }
  }
}
