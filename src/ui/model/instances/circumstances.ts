import type { Circumstances } from '../../../access/connectability';
import type { Instance } from '../../../access/instance';
import { placeOf, type InventorySnapshot } from './inventorySnapshot';

const KNOWN: Circumstances = { isSignedOut: false, isSsmUnknown: false };

/** What is known of each listing. An account that stands in nobody's good sign-in is shown as it was last known. */
export function circumstancesOf({
  sessions,
  accounts,
}: InventorySnapshot): (instance: Pick<Instance, 'accountId' | 'region'>) => Circumstances {
  const signedIn = new Set(
    sessions.flatMap(({ signIn, profiles }) =>
      signIn.kind === 'signedIn' ? profiles.flatMap(({ accountId }) => accountId ?? []) : [],
    ),
  );
  const byPlace = new Map<string, Circumstances>();
  for (const { accountId, regions } of accounts) {
    for (const region of regions) {
      const isSignedOut = !signedIn.has(accountId);
      byPlace.set(placeOf(region), { isSignedOut, isSsmUnknown: region.ssmError !== undefined });
    }
  }
  return instance => byPlace.get(placeOf(instance)) ?? KNOWN;
}
