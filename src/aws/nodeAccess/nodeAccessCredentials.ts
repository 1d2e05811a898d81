import type { CallOptions } from '../../base/cancellation';
import type { Clock } from '../../base/clock';
import { AppError } from '../../base/errors';
import type { BrokerRef } from '../../access/request';
import { isFresh, isSame, type RoleCredential } from '../credential';
import { SingleFlight } from '../singleFlight';
import type { AccessTokenAnswer, NodeAccessApi } from './nodeAccessApi';
import { instancesOf } from './nodeAccessPlace';

/** What approved requests hand out to open sessions with: good for the instances of the request and nothing else. In memory only. */
export class NodeAccessCredentials {
  readonly #api: NodeAccessApi;
  readonly #clock: Clock;
  readonly #kept = new Map<string, RoleCredential>();
  readonly #asks = new SingleFlight<AccessTokenAnswer>();

  constructor(deps: { readonly api: NodeAccessApi; readonly clock: Clock }) {
    this.#api = deps.api;
    this.#clock = deps.clock;
  }

  /** Asks AWS where the request stands, and keeps what it hands out. Throws as `NodeAccessApi`. */
  async ask(ref: BrokerRef, options: CallOptions = {}): Promise<AccessTokenAnswer> {
    const { place } = instancesOf(ref);
    const answer = await this.#asks.run(
      ref.runId,
      signal => this.#api.getAccessToken(place, ref.runId, { signal }),
      options,
    );
    if (answer.credential) this.#kept.set(ref.runId, answer.credential);
    else if (answer.status !== 'Approved') this.#kept.delete(ref.runId);
    return answer;
  }

  /**
   * Credentials to start sessions with; `fresh` asks AWS whatever is kept, `refused` are kept no longer. Throws `no-grant` (details: `status`) when AWS hands out none, else
   * as `NodeAccessApi`.
   */
  async get(
    ref: BrokerRef,
    options: CallOptions & { readonly fresh?: boolean; readonly refused?: RoleCredential | undefined } = {},
  ): Promise<RoleCredential> {
    if (options.refused && isSame(this.#kept.get(ref.runId), options.refused)) this.#kept.delete(ref.runId);
    const kept = this.#kept.get(ref.runId);
    if (kept && !options.fresh && isFresh(kept, this.#clock.now())) return kept;
    const { status, credential } = await this.ask(ref, options);
    if (credential) return credential;
    throw new AppError('no-grant', `Access request ${ref.runId} is ${status} and hands out no credentials`, {
      details: { status },
    });
  }

  forget(ref: BrokerRef): void {
    this.#kept.delete(ref.runId);
  }
}
