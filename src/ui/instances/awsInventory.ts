import type { AwsConfig } from '../../aws/awsConfig';
import type { InstanceDirectory } from '../../aws/instances';
import type { ProfileCredentials } from '../../aws/profileCredentials';
import type { SsoPortal } from '../../aws/ssoPortal';
import type { SsoSignIn } from '../../aws/ssoSignIn';
import { Inventory, type InventoryDeps } from '../model/instances/inventory';

/** The inventory of what the profiles of `~/.aws` can see at AWS. */
export function awsInventory({
  config,
  signIn,
  credentials,
  directory,
  portal,
  ...own
}: {
  readonly config: AwsConfig;
  readonly signIn: SsoSignIn;
  readonly credentials: ProfileCredentials;
  readonly directory: InstanceDirectory;
  readonly portal: SsoPortal;
} & Omit<InventoryDeps, 'loadConfig' | 'signInState' | 'list' | 'accountNames'>): Inventory {
  return new Inventory({
    ...own,
    loadConfig: options => config.load(options),
    signInState: session => signIn.state(session),
    list: (profile, region, options) =>
      directory.list(
        {
          region,
          credentials: refused => credentials.get(profile, { refused }),
          accountId: profile.accountId,
          ...(profile.endpoints ? { endpoints: profile.endpoints } : {}),
        },
        options,
      ),
    accountNames: async (session, options) => {
      const accounts = await portal.listAccounts(session, options);
      return new Map(accounts.flatMap(({ accountId, name }) => (name ? [[accountId, name]] : [])));
    },
  });
}
