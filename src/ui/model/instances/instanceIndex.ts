import { instanceKey, parseInstanceKey, type Instance } from '../../../access/instance';
import { instanceCount, placeOf, type AccountListing } from './inventorySnapshot';

/** Finds instances in what is listed. What it makes for a list goes with the list. */
export class InstanceIndex {
  readonly #byKey = new WeakMap<readonly Instance[], ReadonlyMap<string, Instance>>();
  #flat: { readonly accounts: readonly AccountListing[]; readonly instances: readonly Instance[] } = {
    accounts: [],
    instances: [],
  };

  all(accounts: readonly AccountListing[]): readonly Instance[] {
    if (this.#flat.accounts !== accounts) {
      const instances = accounts.flatMap(({ regions }) => regions.flatMap(region => region.instances));
      this.#flat = { accounts, instances };
    }
    return this.#flat.instances;
  }

  /** By `instanceKey`. Reads no more lists than it takes: most stand in the one that their key names. */
  find(accounts: readonly AccountListing[], key: string): Instance | undefined {
    const place = parseInstanceKey(key);
    if (!place) return undefined;
    const listings = accounts
      .flatMap(({ regions }) => regions)
      .filter(listing => listing.region === place.region && instanceCount(listing) > 0);
    const named = listings.filter(listing => placeOf(listing) === placeOf(place));
    // An emulator's instances may be of another account than the one that was asked.
    for (const { instances } of new Set([...named, ...listings])) {
      const found = this.#keysOf(instances).get(key);
      if (found) return found;
    }
    return undefined;
  }

  #keysOf(instances: readonly Instance[]): ReadonlyMap<string, Instance> {
    const known = this.#byKey.get(instances);
    if (known) return known;
    const keys = new Map(instances.map(instance => [instanceKey(instance), instance]));
    this.#byKey.set(instances, keys);
    return keys;
  }
}
