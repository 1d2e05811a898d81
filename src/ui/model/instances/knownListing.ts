import type { AppError } from '../../../base/errors';
import type { RegionListing } from './inventorySnapshot';

/** What was known of a region before. Its instances are not read until somebody asks for them. */
export function lastKnown(
  known: Pick<RegionListing, 'accountId' | 'region' | 'instances' | 'saved'>,
  /** Epoch milliseconds of the answer that it is from. */
  listedAt: number,
  /** Why there is no later answer, where one was tried for. */
  error?: AppError,
): RegionListing {
  const { accountId, region, saved } = known;
  const said = {
    accountId,
    region,
    state: error ? 'failed' : 'ready',
    listedAt,
    isLastKnown: true,
    ...(error ? { error } : {}),
  } as const;
  if (!saved) return { ...said, instances: known.instances };
  return {
    ...said,
    saved,
    get instances() {
      return saved.instances;
    },
  };
}
