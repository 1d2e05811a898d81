import type { CallOptions } from '../../../base/cancellation';
import type { Clock } from '../../../base/clock';
import { AppError, isAppError, messageOf } from '../../../base/errors';
import type { Log } from '../../../base/log';
import { instanceKey, isOutsideEc2, type Instance } from '../../../access/instance';
import type { Profile } from '../../../access/profile';
import type { InstanceList } from '../../../aws/instances';
import type { RegionListing } from './inventorySnapshot';
import { lastKnown } from './knownListing';
import type { ListingPlan } from './inventoryPlan';

/** Who lists one region of one account, and what it needs beside AWS. */
export interface RegionLister {
  readonly list: (profile: Profile, region: string, options?: CallOptions) => Promise<InstanceList>;
  readonly clock: Clock;
  readonly log: Log;
}

/** With these AWS has said no: what was known before is not ours to show any more. */
const REFUSALS: ReadonlySet<string> = new Set(['access-denied', 'role-not-assigned', 'profile-not-found']);

export function loading({ accountId, region }: ListingPlan): RegionListing {
  return { accountId, region, state: 'loading', instances: [] };
}

/** Tries one profile after another: a role that may not list, or is not assigned now, leaves it to the next. Never rejects. */
export async function listRegion(
  { accountId, region, candidates }: ListingPlan,
  { list, clock, log }: RegionLister,
  signal: AbortSignal,
): Promise<RegionListing> {
  let refusal: AppError | undefined;
  for (const profile of candidates) {
    try {
      const { instances, problems } = await list(profile, region, { signal });
      // Systems Manager's is the only part that may be missing.
      const ssmError = problems[0]?.error;
      const listedAt = clock.now();
      const answer = { accountId, region, state: 'ready', instances, via: profile, listedAt } as const;
      return ssmError ? { ...answer, ssmError } : answer;
    } catch (thrown) {
      const error = isAppError(thrown)
        ? thrown
        : new AppError('internal', messageOf(thrown), { cause: thrown });
      if (error.code !== 'cancelled') {
        log.warn(
          `Profile ${profile.name} cannot list ${accountId}/${region}: ${error.code}: ${error.message}`,
        );
      }
      // The refusal of the most likely profile says more than that of a role nobody holds now.
      if (!refusal || refusal.code === 'role-not-assigned') refusal = error;
      if (error.code !== 'access-denied' && error.code !== 'role-not-assigned') break;
    }
  }
  return {
    accountId,
    region,
    state: 'failed',
    instances: [],
    error: refusal ?? new AppError('profile-not-found', `No profile can list ${accountId}/${region}`),
  };
}

/** A failure that says nothing of the instances leaves them as they were known, with the time they are from. */
export function withWhatIsKnown(listing: RegionListing, before: RegionListing): RegionListing {
  const { error, ssmError } = listing;
  if (error) {
    if (REFUSALS.has(error.code) || before.listedAt === undefined) return listing;
    return lastKnown(before, before.listedAt, error);
  }
  if (!ssmError || REFUSALS.has(ssmError.code)) return listing;
  return { ...listing, instances: withKnownPings(listing.instances, before.instances) };
}

/** Without Systems Manager nothing is "not managed": its last word stands, whose pings have their age. */
function withKnownPings(instances: readonly Instance[], before: readonly Instance[]): readonly Instance[] {
  const known = new Map(before.map(instance => [instanceKey(instance), instance]));
  const described = instances.map(instance => {
    const ssm = known.get(instanceKey(instance))?.ssm;
    return ssm && !instance.ssm ? { ...instance, ssm } : instance;
  });
  return [...described, ...before.filter(isOutsideEc2)];
}

/** The first of each list, then the second of each: no account has all the places to itself. */
export function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(list => list.length));
  const rounds = Array.from({ length: longest }, (_, index) => index);
  return rounds.flatMap(index => lists.flatMap(list => list.slice(index, index + 1)));
}
