import { readFlowSettings } from '../../src/access/flowSettings';
import { SANDBOX_SETTINGS } from '../../scripts/workbench/home.mjs';
import { circumstancesOf } from '../../src/ui/model/instances/circumstances';
import { BY_ACCOUNT } from '../../src/ui/model/instances/grouping';
import { InstanceChoices } from '../../src/ui/model/instances/instanceChoices';
import type { InstanceMarks } from '../../src/ui/model/instances/instanceMarks';
import { instanceRows } from '../../src/ui/model/instances/instanceTreeModel';
import type { InstanceTreeRow } from '../../src/ui/model/instances/instanceSubject';
import type { InstanceTreeState } from '../../src/ui/model/instances/instanceTreeState';
import { sourceLanguage as l10n } from '../../src/ui/model/localizer';
import { treeSize, withinBudget } from '../../src/ui/model/instances/rowBudget';
import { SearchIndex } from '../../src/ui/model/instances/searchIndex';
import { composeInventory } from './inventoryListing';

export interface ModelFigures {
  /** From asking the inventory for the first time to the rows that stand open, the saved file read and decoded on the way. */
  readonly firstRowsMs: number;
  readonly firstRowsCpuMs: number;
  readonly rowsDrawn: number;
  /** From a filter to the rows that stand open under it, for each letter of the filters typed. */
  readonly treeKeystroke: Spread;
  /** From what is typed into the picker to the items it is given. */
  readonly pickerKeystroke: Spread;
}

export interface Spread {
  readonly samples: number;
  readonly medianMs: number;
  readonly worstMs: number;
  /** Of the processor, which what else the machine does leaves alone. */
  readonly worstCpuMs: number;
  /** What was typed when it took longest. */
  readonly worstAt: string;
}

/** Typed letter by letter: a name, a tag with its value, an id, an address, a wildcard, and what nothing has. */
const TYPED = ['web-12', 'Department=BackEnd', 'i-0a1', '10.1', 'Department=Fr*End web', 'nothing-like-it'];

const NO_MARKS: InstanceMarks = {
  isFavourite: () => false,
  lastUse: () => undefined,
  favourites: [],
  recent: [],
};

/** The tree and the picker as a person works them, from the saved inventory of the same organisation. No editor: what it draws is measured elsewhere. */
export async function measureModel(inventoryFile: string): Promise<ModelFigures> {
  const { inventory } = composeInventory(inventoryFile);
  const search = new SearchIndex();
  const { flows } = readFlowSettings(SANDBOX_SETTINGS['jitAccess.flows']);
  const state = (filter: string): InstanceTreeState => ({
    inventory: inventory.snapshot,
    flows,
    grants: [],
    find: key => inventory.find(key),
    circumstances: circumstancesOf(inventory.snapshot),
    marks: NO_MARKS,
    grouping: BY_ACCOUNT,
    filter,
    search,
    now: Date.now(),
  });
  const draw = (filter: string): number => {
    const given = state(filter);
    return openRows(withinBudget(l10n, instanceRows(l10n, given), treeSize(given)));
  };
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let rowsDrawn = 0;
  await new Promise<void>(resolve => {
    inventory.onDidChange(() => {
      if (rowsDrawn > 0) return;
      rowsDrawn = draw('');
      if (rowsDrawn > 0) resolve();
    });
    void inventory.refresh();
  });
  const firstRowsMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const total = inventory.instances.length;
  if (total < 9_000) throw new Error(`only ${total} instances were saved`);
  // As the extension does while nobody types.
  for (const { regions } of inventory.snapshot.accounts) {
    for (const { instances } of regions) search.prepare(search.byName(instances));
  }
  // The refresh that follows is another figure's.
  const snapshot = inventory.snapshot;
  inventory.dispose();
  if (inventory.snapshot !== snapshot) throw new Error('the inventory went on');
  return {
    firstRowsMs: Math.round(firstRowsMs),
    firstRowsCpuMs: Math.round((user + system) / 1000),
    rowsDrawn,
    treeKeystroke: typed(filter => void draw(filter)),
    pickerKeystroke: (() => {
      const choices = new InstanceChoices({
        l10n,
        search,
        instances: inventory.instances,
        context: state(''),
        isWanted: () => true,
      });
      return typed(filter => void choices.find(filter));
    })(),
  };
}

/** Makes all that an editor asks for: the rows at the top, and those below the ones that stand open. */
function openRows(rows: readonly InstanceTreeRow[]): number {
  return rows.reduce(
    (count, row) => count + 1 + (row.expansion === 'expanded' ? openRows(row.children?.() ?? []) : 0),
    0,
  );
}

function typed(answer: (filter: string) => void): Spread {
  const times: { readonly filter: string; readonly ms: number; readonly cpuMs: number }[] = [];
  for (const text of TYPED) {
    for (let length = 1; length <= text.length; length++) {
      const filter = text.slice(0, length);
      const cpu = process.cpuUsage();
      const startedAt = performance.now();
      answer(filter);
      const ms = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(cpu);
      times.push({ filter, ms, cpuMs: (user + system) / 1000 });
    }
  }
  times.sort((a, b) => a.ms - b.ms);
  const worst = times.at(-1);
  return {
    samples: times.length,
    medianMs: tenth(times[Math.floor(times.length / 2)]?.ms),
    worstMs: tenth(worst?.ms),
    worstCpuMs: tenth(Math.max(...times.map(({ cpuMs }) => cpuMs))),
    worstAt: worst?.filter ?? '',
  };
}

function tenth(ms = Number.NaN): number {
  return Math.round(ms * 10) / 10;
}
