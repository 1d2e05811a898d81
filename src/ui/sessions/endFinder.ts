import type { CallOptions } from '../../base/cancellation';
import type { Log } from '../../base/log';
import { instanceKey, type Instance } from '../../access/instance';
import type { AwsClients } from '../../aws/clients';
import type { CredentialSource, RoleCredential } from '../../aws/credential';
import type { InstanceScope } from '../../aws/instances';
import type { ProfileCredentials } from '../../aws/profileCredentials';
import { sessionRecord } from '../../aws/sessionRecord';
import { targetState, type TargetState } from '../../aws/targetState';
import type { CloseReason } from '../../ssm/closeReason';
import type { Inventory } from '../model/instances/inventory';
import { recordedEnd } from '../model/sessions/recordedEnd';
import type { SessionRole } from '../model/sessions/roleChoice';

export interface EndFinderDeps {
  readonly clients: AwsClients;
  readonly credentialsOf: (role: SessionRole, instance: Instance) => CredentialSource;
  readonly credentials: ProfileCredentials;
  readonly inventory: Inventory;
  readonly log: Log;
}

/**
 * Finds out at AWS why a session ended. Asks as the profile that listed the instance, for the session's own role often may not look;
 * else as that role.
 */
export class EndFinder {
  readonly #deps: EndFinderDeps;

  constructor(deps: EndFinderDeps) {
    this.#deps = deps;
  }

  /** Whether the instance was stopped or has lost its agent. Undefined when neither, or nobody may look. */
  async ofTarget(
    instance: Instance,
    role: SessionRole,
    options: CallOptions = {},
  ): Promise<CloseReason | undefined> {
    const state = await targetState(this.#deps, this.#scope(instance, role, options), instance.id, options);
    return TARGET_ENDS[state];
  }

  /** The same, or what the service has on record of the session itself. */
  async ofSession(
    sessionId: string,
    instance: Instance,
    role: SessionRole,
    options: CallOptions = {},
  ): Promise<CloseReason | undefined> {
    const scope = this.#scope(instance, role, options);
    const [state, record] = await Promise.all([
      targetState(this.#deps, scope, instance.id, options),
      sessionRecord(this.#deps, scope, sessionId, options),
    ]);
    // An agent that is silent now may have been well while the session lasted; a stopped instance ended it for sure.
    const recorded = record && recordedEnd(record);
    return state === 'gone' ? TARGET_ENDS.gone : (recorded ?? TARGET_ENDS[state]);
  }

  #scope(instance: Instance, role: SessionRole, options: CallOptions): InstanceScope {
    const { credentials, credentialsOf, inventory } = this.#deps;
    const key = instanceKey(instance);
    const via = inventory.snapshot.accounts
      .flatMap(account => account.regions)
      .find(
        listing =>
          listing.region === instance.region && listing.instances.some(one => instanceKey(one) === key),
      )?.via;
    const endpoints = via ? via.endpoints : role.endpoints;
    return {
      region: instance.region,
      credentials: via
        ? (refused?: RoleCredential) => credentials.get(via, { ...options, refused })
        : credentialsOf(role, instance),
      ...(endpoints ? { endpoints } : {}),
    };
  }
}

const TARGET_ENDS: Record<TargetState, CloseReason | undefined> = {
  gone: { kind: 'target-stopped' },
  silent: { kind: 'agent-gone' },
  reachable: undefined,
  unknown: undefined,
};
