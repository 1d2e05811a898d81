import type { Flow } from '../../../access/flow';
import type { NodeAccessPlace } from '../../../aws/nodeAccess/nodeAccessPlace';
import type { InventorySnapshot } from '../instances/inventorySnapshot';

/**
 * Where requests may wait for this person: the listed regions of accounts for which a flow names a role to approve as. Nowhere before AWS
 * may be asked: asking loads its SDK, and an approver's view would come between those that are being drawn.
 */
export function approvalPlaces(
  flows: readonly Flow[],
  { accounts, isAsked }: Pick<InventorySnapshot, 'accounts' | 'isAsked'>,
): readonly NodeAccessPlace[] {
  if (!isAsked) return [];
  const named = new Set(
    flows
      .filter(({ broker }) => broker === 'aws')
      .flatMap(({ targets }) => targets)
      .flatMap(({ accountId, approveAs }) => (approveAs === undefined ? [] : [accountId])),
  );
  return accounts
    .filter(({ accountId }) => named.has(accountId))
    .flatMap(({ accountId, regions }) => regions.map(({ region }) => ({ accountId, region })));
}
