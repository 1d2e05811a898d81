import type { Flow } from '../../../access/flow';
import type { Grant } from '../../../access/grant';

/** Roles that some flow hands out, as `accountId/roleName`, and whether a grant for each is in force. */
export function grantedRoles(flows: readonly Flow[], grants: readonly Grant[]): ReadonlyMap<string, boolean> {
  const roles = new Map<string, boolean>();
  for (const { targets } of flows) {
    for (const { accountId, permissionSet } of targets) {
      if (permissionSet) roles.set(`${accountId}/${permissionSet}`, false);
    }
  }
  for (const { target, phase } of grants) {
    if (phase === 'active' && target.permissionSet)
      roles.set(`${target.accountId}/${target.permissionSet}`, true);
  }
  return roles;
}
