import type { CallOptions } from '../../base/cancellation';
import type { Log } from '../../base/log';
import { instanceKey, type Instance } from '../../access/instance';
import type { AwsClients } from '../../aws/clients';
import type { CredentialSource, RoleCredential } from '../../aws/credential';
import type { ProfileCredentials } from '../../aws/profileCredentials';
import { targetState } from '../../aws/targetState';
import type { CloseReason } from '../../ssm/closeReason';
import type { Inventory } from '../model/instances/inventory';
import type { SessionRole } from '../model/sessions/roleChoice';

/** Whether a session ended because of its instance: stopped, or its agent gone. Undefined when neither, or nobody may look. */
export type TargetEnd = (
  instance: Instance,
  role: SessionRole,
  options?: CallOptions,
) => Promise<CloseReason | undefined>;

/** Asks AWS as the profile that listed the instance, for the session's own role often may not look; else as that role. */
export function targetEndFinder(deps: {
  readonly clients: AwsClients;
  readonly credentialsOf: (role: SessionRole, instance: Instance) => CredentialSource;
  readonly credentials: ProfileCredentials;
  readonly inventory: Inventory;
  readonly log: Log;
}): TargetEnd {
  const { clients, credentialsOf, credentials, inventory, log } = deps;
  return async (instance, role, options = {}) => {
    const key = instanceKey(instance);
    const via = inventory.snapshot.accounts
      .flatMap(account => account.regions)
      .find(region => region.instances.some(one => instanceKey(one) === key))?.via;
    const endpoints = via ? via.endpoints : role.endpoints;
    const scope = {
      region: instance.region,
      credentials: via
        ? (refused?: RoleCredential) => credentials.get(via, { ...options, refused })
        : credentialsOf(role, instance),
      ...(endpoints ? { endpoints } : {}),
    };
    switch (await targetState({ clients, log }, scope, instance.id, options)) {
      case 'gone':
        return { kind: 'target-stopped' };
      case 'silent':
        return { kind: 'agent-gone' };
      default:
        return undefined;
    }
  };
}
