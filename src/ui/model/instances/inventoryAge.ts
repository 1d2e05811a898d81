import type { AppError } from '../../../base/errors';
import { instanceCount, type InventorySnapshot, type RegionListing } from './inventorySnapshot';
import type { Localizer } from '../localizer';
import { ageText } from '../timeText';

const MINUTE_MS = 60_000;
/** While the view is seen all is listed every minute; what is older than this has missed its turn. */
const FRESH_MS = 3 * MINUTE_MS;

/** Since when the instances of a region are known, when they are not of just now: nothing old is shown without its age. */
export function knownSince({ isLastKnown, listedAt }: RegionListing, now: number): number | undefined {
  if (listedAt === undefined) return undefined;
  return isLastKnown || now - listedAt > FRESH_MS ? listedAt : undefined;
}

/** The oldest of what is shown, when that is not of just now. */
export function oldestKnown({ accounts }: InventorySnapshot, now: number): number | undefined {
  let oldest: number | undefined;
  for (const { regions } of accounts) {
    for (const region of regions) {
      const since = instanceCount(region) > 0 ? knownSince(region, now) : undefined;
      if (since !== undefined && (oldest === undefined || since < oldest)) oldest = since;
    }
  }
  return oldest;
}

/** Why nothing answers, when every listing failed at the network. */
export function offlineError({ accounts }: InventorySnapshot): AppError | undefined {
  const errors = accounts.flatMap(account => account.regions.map(({ error }) => error));
  return errors.every(error => error?.code === 'network') ? errors[0] : undefined;
}

/** `as of 3 min ago`. */
export function asOfText(l10n: Localizer, at: number, now: number): string {
  return now - at < MINUTE_MS ? l10n.t('as of just now') : l10n.t('as of {0} ago', ageText(l10n, now - at));
}
