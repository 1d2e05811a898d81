import type { CallOptions } from '../../../base/cancellation';
import { AppError, isAppError, messageOf } from '../../../base/errors';
import type { SsoSession } from '../../../access/profile';
import type { SsoPortal } from '../../../aws/ssoPortal';
import type { PortalListing } from './importChoices';

/** The portal throttles a person at a few dozen calls at once. */
const PARALLEL_ACCOUNTS = 6;

/**
 * All accounts of the portal with their roles. An account that cannot be asked says why and hides no other; when none can, throws what the
 * first one threw. Throws what `SsoPortal.listAccounts` throws.
 */
export async function listPortal(
  portal: Pick<SsoPortal, 'listAccounts' | 'listRoles'>,
  session: SsoSession,
  {
    onProgress,
    ...options
  }: CallOptions & { readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<readonly PortalListing[]> {
  const accounts = await portal.listAccounts(session, options);
  const listings: PortalListing[] = [];
  const left = [...accounts];
  const worker = async () => {
    for (let account = left.shift(); account; account = left.shift()) {
      try {
        listings.push({ account, roles: await portal.listRoles(session, account.accountId, options) });
      } catch (thrown) {
        if (isAppError(thrown, 'cancelled') || isAppError(thrown, 'signed-out')) throw thrown;
        const error = isAppError(thrown)
          ? thrown
          : new AppError('internal', messageOf(thrown), { cause: thrown });
        listings.push({ account, roles: [], error });
      }
      onProgress?.(listings.length, accounts.length);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_ACCOUNTS }, worker));
  const [first] = listings;
  if (first?.error && listings.every(({ error }) => error !== undefined)) throw first.error;
  return listings;
}
