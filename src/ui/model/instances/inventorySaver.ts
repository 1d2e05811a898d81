import type { Clock } from '../../../base/clock';
import type { Disposable } from '../../../base/lifecycle';
import type { InventorySnapshot } from './inventorySnapshot';
import type { SavedInventory } from './savedInventory';

/** Where the last known inventory outlives the window. Neither member rejects. */
export interface InventoryStore {
  /** Undefined when there is none that can be read. */
  load(): Promise<SavedInventory | undefined>;
  save(saved: SavedInventory): Promise<void>;
}

/** A burst of answers is saved as one. */
const SAVE_AFTER_MS = 2_000;

/** While everything is listed, each answer makes the last saving stale; so long is waited for the rest of them. */
const MOST_POSTPONED = 10;

/** Saves what is known a little after it has changed, one saving at a time. */
export class InventorySaver implements Disposable {
  readonly #store: InventoryStore;
  readonly #clock: Clock;
  readonly #snapshot: () => InventorySnapshot;
  #timer: Disposable | undefined;
  #isDisposed = false;
  #postponed = 0;

  constructor(deps: {
    readonly store: InventoryStore;
    readonly clock: Clock;
    readonly snapshot: () => InventorySnapshot;
  }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#snapshot = deps.snapshot;
  }

  saveSoon(): void {
    if (this.#isDisposed) return;
    this.#timer ??= this.#clock.schedule(SAVE_AFTER_MS, () => this.#saveOrWait());
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
  }

  #saveOrWait(): void {
    if (this.#snapshot().refreshing && this.#postponed < MOST_POSTPONED) {
      this.#postponed += 1;
      this.#timer = undefined;
      this.saveSoon();
      return;
    }
    this.#postponed = 0;
    void this.#save();
  }

  async #save(): Promise<void> {
    const { accounts, accountNames } = this.#snapshot();
    const listings = accounts.flatMap(account =>
      account.regions.flatMap(({ accountId, region, listedAt, instances }) =>
        listedAt === undefined ? [] : [{ accountId, region, listedAt, instances }],
      ),
    );
    await this.#store.save({ accountNames, listings });
    // Only now: two at once would write into one draft.
    this.#timer = undefined;
    if (this.#snapshot().accounts !== accounts) this.saveSoon();
  }
}
