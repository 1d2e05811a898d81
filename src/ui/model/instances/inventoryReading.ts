import { throwIfCancelled, type CallOptions } from '../../../base/cancellation';
import { messageOf } from '../../../base/errors';
import type { Log } from '../../../base/log';
import type { SignInState, SsoSession } from '../../../access/profile';
import type { AwsConfigSnapshot } from '../../../aws/awsConfig';
import { inventoryPlan, lastKnownAccounts, type AccountPlan } from './inventoryPlan';
import {
  placeOf,
  type InventorySnapshot,
  type RegionListing,
  type SsoSessionListing,
} from './inventorySnapshot';
import { lastKnown } from './knownListing';
import { loading } from './regionListing';
import type { SavedInventory } from './savedInventory';

export interface InventorySources {
  readonly loadConfig: (options?: CallOptions) => Promise<AwsConfigSnapshot>;
  readonly signInState: (session: SsoSession) => Promise<SignInState>;
  /** `jitAccess.regions`. */
  readonly extraRegions: () => readonly string[];
  /** Of the environment, for accounts whose profiles name none. */
  readonly homeRegion?: string | undefined;
  /** Roles that come and go with a grant, as `accountId/roleName`, and whether each is in force. */
  readonly grantedRoles: () => ReadonlyMap<string, boolean>;
  readonly log: Log;
}

/** All that is known without asking AWS, and what there is to ask. */
export interface InventoryReading {
  readonly known: Pick<InventorySnapshot, 'accountNames' | 'accounts' | 'sessions'> & {
    readonly config: AwsConfigSnapshot;
  };
  readonly plan: readonly AccountPlan[];
}

/** Reads files and sign-ins, and puts what was listed before in its places. Throws what `loadConfig` throws, and `AppError('cancelled')`. */
export async function readInventory(
  sources: InventorySources,
  /** Asked for when everything is read. */
  before: () => InventorySnapshot,
  /** Stands in where `before` has nothing; shown only for accounts whose sign-in is or was there. */
  savedSoon: Promise<SavedInventory | undefined>,
  signal: AbortSignal,
): Promise<InventoryReading> {
  const config = await sources.loadConfig({ signal });
  const [sessions, saved] = await Promise.all([sessionsOf(config, sources), savedSoon]);
  throwIfCancelled(signal);
  const { accounts: listed, accountNames } = before();
  const known = new Map<string, RegionListing>();
  for (const one of saved?.listings ?? []) known.set(placeOf(one), lastKnown(one, one.listedAt));
  for (const region of listed.flatMap(({ regions }) => regions)) known.set(placeOf(region), region);
  const plan = inventoryPlan(sessions, sources.extraRegions(), sources.grantedRoles(), sources.homeRegion);
  const accounts = plan.accounts.map(({ accountId, profiles, regions }) => ({
    accountId,
    profiles,
    // What was listed before stays in sight until the new answer is here.
    regions: regions.map(region => known.get(placeOf(region)) ?? loading(region)),
  }));
  return {
    known: {
      config,
      sessions,
      accountNames: new Map([...(saved?.accountNames ?? []), ...accountNames]),
      accounts: [...accounts, ...lastKnownAccounts(sessions, accounts, known)],
    },
    plan: plan.accounts,
  };
}

function sessionsOf(config: AwsConfigSnapshot, sources: InventorySources): Promise<SsoSessionListing[]> {
  return Promise.all(
    config.ssoSessions.map(async session => ({
      session,
      signIn: await signInStateOf(session, sources),
      profiles: config.profiles.filter(profile => profile.ssoSession?.cacheKey === session.cacheKey),
    })),
  );
}

async function signInStateOf(
  session: SsoSession,
  { signInState, log }: InventorySources,
): Promise<SignInState> {
  try {
    return await signInState(session);
  } catch (thrown) {
    log.warn(`The sign-in of ${session.label} cannot be read: ${messageOf(thrown)}`);
    return { kind: 'signedOut' };
  }
}
