import type * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import type { DisposableStore } from '../../base/lifecycle';
import type { Flow } from '../../access/flow';
import type { GrantLedger } from '../../access/ledger';
import { InstanceFilter } from './instanceFilter';
import { InstanceGrouping } from './instanceGrouping';
import { InstanceMemory } from './instanceMemory';
import { circumstancesOf } from '../model/instances/circumstances';
import type { InstanceRowContext } from '../model/instances/instanceRowContext';
import type { Inventory } from '../model/instances/inventory';
import { SearchIndex } from '../model/instances/searchIndex';
import { OpenedRows } from '../model/openedRows';
import { SavedFilters } from './savedFilters';
import { SearchWarmer } from './searchWarmer';
import type { SessionHub } from '../sessions/sessionHub';

/** All that finding an instance takes, for the tree, the pickers and the commands alike. */
export interface Finding {
  readonly filter: InstanceFilter;
  readonly saved: SavedFilters;
  readonly grouping: InstanceGrouping;
  readonly memory: InstanceMemory;
  readonly search: SearchIndex;
  readonly opened: OpenedRows;
  /** What rows and choices are made of beside the inventory, as it is now. */
  readonly context: () => InstanceRowContext;
}

export function composeFinding(deps: {
  readonly store: DisposableStore;
  readonly states: Pick<vscode.ExtensionContext, 'workspaceState' | 'globalState'>;
  readonly inventory: Inventory;
  readonly hub: SessionHub;
  readonly ledger: GrantLedger;
  readonly flows: () => readonly Flow[];
  readonly clock: Clock;
}): Finding {
  const { store, states, inventory, hub, ledger, flows, clock } = deps;
  const search = new SearchIndex();
  store.add(new SearchWarmer({ inventory, search, clock }));
  const memory = store.add(new InstanceMemory({ state: states.globalState, hub, clock }));
  return {
    filter: new InstanceFilter(states.workspaceState),
    saved: new SavedFilters(),
    grouping: new InstanceGrouping(states.workspaceState),
    memory,
    search,
    opened: new OpenedRows(),
    context: () => ({
      flows: flows(),
      grants: ledger.grants,
      circumstances: circumstancesOf(inventory.snapshot),
      marks: memory.marks,
      now: clock.now(),
    }),
  };
}
