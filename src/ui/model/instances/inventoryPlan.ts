import type { Profile } from '../../../access/profile';
import type { AccountListing, RegionListing, SsoSessionListing } from './inventorySnapshot';
import { lastKnown } from './knownListing';

/** One listing to make, and the profiles to try for it, the most likely first. */
export interface ListingPlan {
  readonly accountId: string;
  readonly region: string;
  readonly candidates: readonly Profile[];
}

export interface AccountPlan {
  readonly accountId: string;
  readonly profiles: readonly Profile[];
  readonly regions: readonly ListingPlan[];
}

/**
 * What to list, and through whom. Accounts are those of profiles whose sign-in is good; regions are those the account's
 * profiles name, and `extraRegions`; where that is none, `homeRegion`, else the one of the sign-in: an account is never without a word.
 * A standing role comes before one that hangs on a grant, and among equals the profile made for the region comes first; a role whose grant
 * is not in force is asked last, for it may be standing after all.
 */
export function inventoryPlan(
  sessions: readonly SsoSessionListing[],
  extraRegions: readonly string[],
  grantedRoles: ReadonlyMap<string, boolean>,
  homeRegion?: string,
): { readonly accounts: readonly AccountPlan[] } {
  const byAccount = new Map<string, Profile[]>();
  for (const { signIn, profiles } of sessions) {
    if (signIn.kind !== 'signedIn') continue;
    for (const profile of profiles) {
      if (!profile.accountId) continue;
      byAccount.set(profile.accountId, [...(byAccount.get(profile.accountId) ?? []), profile]);
    }
  }
  const rank = (profile: Profile, region: string): number => {
    const inForce = grantedRoles.get(`${profile.accountId}/${profile.roleName}`);
    const standing = inForce === undefined ? 0 : inForce ? 1 : 2;
    return standing * 2 + (profile.region === region ? 0 : 1);
  };
  const accounts = [...byAccount].map(([accountId, profiles]) => {
    const named = [...new Set([...profiles.flatMap(profile => profile.region ?? []), ...extraRegions])];
    const standIn = homeRegion ?? profiles.find(({ ssoSession }) => ssoSession)?.ssoSession?.region;
    const regions = named.length === 0 && standIn !== undefined ? [standIn] : named;
    return {
      accountId,
      profiles,
      regions: regions.sort().map(region => ({
        accountId,
        region,
        candidates: withoutTwins([...profiles].sort((a, b) => rank(a, region) - rank(b, region))),
      })),
    };
  });
  return { accounts };
}

/**
 * Accounts whose sign-in has run out, as far as they are known: nobody can list them now, and what they held this morning is worth
 * seeing while one signs in again. A sign-in that was ended on purpose takes its accounts along.
 */
export function lastKnownAccounts(
  sessions: readonly SsoSessionListing[],
  planned: readonly AccountListing[],
  known: ReadonlyMap<string, RegionListing>,
): readonly AccountListing[] {
  const signedIn = new Set(planned.map(({ accountId }) => accountId));
  const profiles = sessions.flatMap(session => (session.signIn.kind === 'expired' ? session.profiles : []));
  const accountIds = [...new Set(profiles.flatMap(({ accountId }) => accountId ?? []))];
  return accountIds
    .filter(accountId => !signedIn.has(accountId))
    .map(accountId => ({
      accountId,
      profiles: profiles.filter(profile => profile.accountId === accountId),
      regions: [...known.values()]
        .filter(region => region.accountId === accountId)
        .flatMap(region => (region.listedAt === undefined ? [] : [lastKnown(region, region.listedAt)])),
    }))
    .filter(({ regions }) => regions.length > 0);
}

/** Profiles of the same role differ in nothing that listing sees; the first of them is enough. */
function withoutTwins(profiles: readonly Profile[]): Profile[] {
  const seen = new Set<string>();
  return profiles.filter(profile => {
    const identity = profile.roleArn ?? profile.roleName ?? profile.name;
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}
