import type { CallOptions } from '../../base/cancellation';
import { AppError, isAppError } from '../../base/errors';
import type { AccessTarget } from '../../access/flow';
import type { GrantProbe } from '../../access/ledger';
import type { Profile } from '../../access/profile';
import type { RoleCredentials } from '../../aws/roleCredentials';

/** Asks Identity Center for the role that a grant promises: handing out its credentials is the proof that it is there. */
export function grantProbe(deps: {
  readonly roles: RoleCredentials;
  readonly profiles: () => Promise<readonly Profile[]>;
}): GrantProbe {
  return {
    async probe(target: AccessTarget, options?: CallOptions) {
      const roleName = target.permissionSet;
      if (!roleName)
        throw new AppError('config-invalid', `The target ${target.label} names no permission set`);
      const profiles = await deps.profiles();
      const ofAccount = profiles.filter(
        profile => profile.accountId === target.accountId && profile.ssoSession,
      );
      const ssoSession = (ofAccount.find(profile => profile.roleName === roleName) ?? ofAccount[0])
        ?.ssoSession;
      if (!ssoSession) {
        throw new AppError(
          'profile-not-found',
          `No SSO profile of the AWS config is for account ${target.accountId}`,
        );
      }
      try {
        const role = { ssoSession, accountId: target.accountId, roleName };
        const credential = await deps.roles.get(role, { fresh: true, ...options });
        return { usable: true, expiresAt: credential.expiresAt };
      } catch (thrown) {
        if (isAppError(thrown, 'role-not-assigned')) return { usable: false, problem: thrown.message };
        throw thrown;
      }
    },
  };
}
