import type { Clock } from '../../base/clock';
import type { Log } from '../../base/log';
import type { Flow } from '../../access/flow';
import { approverRole } from '../../access/requesterRole';
import type { AwsConfig } from '../../aws/awsConfig';
import type { AwsClients } from '../../aws/clients';
import { NodeAccessApi } from '../../aws/nodeAccess/nodeAccessApi';
import { NodeAccessInbox } from '../../aws/nodeAccess/nodeAccessInbox';
import type { RoleCredentials } from '../../aws/roleCredentials';
import { approvalPlaces } from '../model/access/approvalPlaces';
import { Inbox } from '../model/access/inbox';
import type { Inventory } from '../model/instances/inventory';
import { holdsRole, nodeAccessIdentity } from './nodeAccessIdentity';

/** What others ask of AWS node access, where this person may decide: asked as the role that the flows name for it. */
export function approverInbox(deps: {
  readonly settings: { readonly flows: readonly Flow[] };
  readonly config: AwsConfig;
  readonly clients: AwsClients;
  readonly roles: RoleCredentials;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly log: Log;
}): Inbox {
  const { settings, config, clients, roles, inventory, clock, log } = deps;
  const approver = async (accountId: string) =>
    approverRole(settings.flows, (await config.load()).profiles, accountId);
  return new Inbox({
    places: () => approvalPlaces(settings.flows, inventory.snapshot),
    holdsRole: async (accountId, options) => holdsRole(roles, await approver(accountId), options),
    broker: new NodeAccessInbox({
      api: new NodeAccessApi({
        clients,
        identity: async ({ accountId }) => nodeAccessIdentity(roles, await approver(accountId), accountId),
      }),
      log,
    }),
    clock,
    log,
  });
}
