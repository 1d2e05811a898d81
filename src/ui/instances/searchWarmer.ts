import type { Clock } from '../../base/clock';
import type { Disposable } from '../../base/lifecycle';
import type { Instance } from '../../access/instance';
import type { Inventory } from '../model/instances/inventory';
import type { SearchIndex } from '../model/instances/searchIndex';

/** Between two lists: whoever shares the process with us has their turn. */
const PAUSE_MS = 10;

/** Makes the index ready for what was listed, list by list, so that the first letter of a filter finds as fast as the next. */
export class SearchWarmer implements Disposable {
  readonly #inventory: Pick<Inventory, 'snapshot'>;
  readonly #search: SearchIndex;
  readonly #clock: Clock;
  readonly #warm = new WeakSet<readonly Instance[]>();
  readonly #listening: Disposable;
  #next: Disposable | undefined;

  constructor(deps: {
    readonly inventory: Pick<Inventory, 'snapshot' | 'onDidChange'>;
    readonly search: SearchIndex;
    readonly clock: Clock;
  }) {
    this.#inventory = deps.inventory;
    this.#search = deps.search;
    this.#clock = deps.clock;
    this.#listening = deps.inventory.onDidChange(() => this.#goOn());
  }

  dispose(): void {
    this.#listening.dispose();
    this.#next?.dispose();
  }

  #goOn(): void {
    this.#next ??= this.#clock.schedule(PAUSE_MS, () => {
      this.#next = undefined;
      const cold = this.#coldList();
      if (!cold) return;
      this.#warm.add(cold);
      this.#search.prepare(cold);
      this.#goOn();
    });
  }

  #coldList(): readonly Instance[] | undefined {
    for (const { regions } of this.#inventory.snapshot.accounts) {
      for (const { instances } of regions) {
        if (instances.length > 0 && !this.#warm.has(instances)) return instances;
      }
    }
    return undefined;
  }
}
