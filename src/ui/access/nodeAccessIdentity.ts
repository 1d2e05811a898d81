import type { CallOptions } from '../../base/cancellation';
import { AppError, isAppError } from '../../base/errors';
import type { AccountRole } from '../../access/requesterRole';
import type { NodeAccessIdentity } from '../../aws/nodeAccess/nodeAccessPlace';
import type { RoleCredentials } from '../../aws/roleCredentials';

/** Speaks to node access as a role of Identity Center. Throws `profile-not-found` when no profile leads into the account. */
export function nodeAccessIdentity(
  roles: RoleCredentials,
  found: AccountRole | undefined,
  accountId: string,
): NodeAccessIdentity {
  if (!found) {
    throw new AppError('profile-not-found', `No SSO profile of the AWS config is for account ${accountId}`);
  }
  const { role, endpoints } = found;
  return { credentials: refused => roles.get(role, { refused }), endpoints };
}

/** Whether Identity Center hands the role out to whoever is signed in. Throws what says nothing about that (`network`, …). */
export async function holdsRole(
  roles: RoleCredentials,
  found: AccountRole | undefined,
  options?: CallOptions,
): Promise<boolean> {
  if (!found) return false;
  try {
    await roles.get(found.role, options);
    return true;
  } catch (thrown) {
    if (isAppError(thrown, 'role-not-assigned') || isAppError(thrown, 'signed-out')) return false;
    throw thrown;
  }
}
