import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import type { Instance } from '../../access/instance';
import type { Inventory } from '../model/instances/inventory';
import { instanceCount } from '../model/instances/inventorySnapshot';
import type { SearchIndex } from '../model/instances/searchIndex';

/** Between two lists: whoever shares the process with us has their turn. */
const PAUSE_MS = 10;

/** Until the first, from when AWS is asked: nobody's saved instances are read before somebody looks, nor while they are drawn. */
const BEGIN_AFTER_MS = 300;

/** Makes the index ready for what was listed, list by list, so that the first letter of a filter finds as fast as the next. */
export class SearchWarmer implements Disposable {
  readonly #inventory: Pick<Inventory, 'snapshot'>;
  readonly #search: SearchIndex;
  readonly #clock: Clock;
  readonly #warm = new WeakSet<readonly Instance[]>();
  readonly #listening: Disposable;
  #next: Disposable | undefined;
  #pauseMs = BEGIN_AFTER_MS;

  constructor(deps: {
    readonly inventory: Pick<Inventory, 'snapshot' | 'onDidChange'>;
    readonly search: SearchIndex;
    readonly clock: Clock;
  }) {
    this.#inventory = deps.inventory;
    this.#search = deps.search;
    this.#clock = deps.clock;
    this.#listening = deps.inventory.onDidChange(() => {
      if (deps.inventory.snapshot.isAsked) this.#goOn();
    });
  }

  dispose(): void {
    this.#listening.dispose();
    this.#next?.dispose();
  }

  #goOn(): void {
    this.#next ??= this.#clock.schedule(this.#pauseMs, () => {
      this.#next = undefined;
      this.#pauseMs = PAUSE_MS;
      const cold = this.#coldList();
      if (!cold) return;
      this.#warm.add(cold);
      this.#search.prepare(this.#search.byName(cold));
      this.#goOn();
    });
  }

  #coldList(): readonly Instance[] | undefined {
    for (const { regions } of this.#inventory.snapshot.accounts) {
      for (const listing of regions) {
        if (instanceCount(listing) > 0 && !this.#warm.has(listing.instances)) return listing.instances;
      }
    }
    return undefined;
  }
}
