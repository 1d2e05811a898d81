import { AppError } from '../base/errors';
import type { AccountRole } from '../access/requesterRole';
import type { NodeAccessIdentity } from '../aws/nodeAccess/nodeAccessPlace';
import type { RoleCredentials } from '../aws/roleCredentials';

/** Speaks to node access as a role of Identity Center. Throws `profile-not-found` when no profile leads into the account. */
export function nodeAccessIdentity(
  roles: RoleCredentials,
  found: AccountRole | undefined,
  accountId: string,
): NodeAccessIdentity {
  if (!found) {
    throw new AppError('profile-not-found', `No SSO profile of the AWS config is for account ${accountId}`);
  }
  const { role, endpointUrl } = found;
  return { credentials: () => roles.get(role), endpointUrl };
}
