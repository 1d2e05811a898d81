import type { InstanceSubject, InstanceTreeRow } from './instanceSubject';
import { instanceCount } from './inventorySnapshot';
import type { InstanceTreeState } from './instanceTreeState';
import type { Localizer } from '../localizer';

/** How much there is to show. */
export interface TreeSize {
  /** Regions of accounts that are listed. */
  readonly listings: number;
  /** Instances that are shown, the filter's choice. */
  readonly instances: number;
  readonly isFiltered: boolean;
}

export function treeSize({ inventory, filter, search }: InstanceTreeState): TreeSize {
  const listings = inventory.accounts.flatMap(({ regions }) => regions);
  // Sorting waits until somebody opens a list: without a filter counting is enough.
  const shown = listings.map(listing =>
    filter === '' ? instanceCount(listing) : search.find(search.byName(listing.instances), filter).length,
  );
  return {
    listings: listings.length,
    instances: shown.reduce((sum, count) => sum + count, 0),
    isFiltered: filter !== '',
  };
}

/** With more, lists of instances begin folded: every open row is sent to the editor whenever it asks. */
const MOST_OPEN_LISTINGS = 12;
const MOST_OPEN_INSTANCES = 400;

/** More rows under one nobody reads; a filter finds what is meant. */
const MOST_BELOW_ONE = 300;

/** Folds the lists of instances where there are very many, and cuts the longest, saying how many more there are. */
export function withinBudget(
  l10n: Localizer,
  rows: readonly InstanceTreeRow[],
  { listings, instances, isFiltered }: TreeSize,
): readonly InstanceTreeRow[] {
  // What a filter has found is what was asked for: it stands open, however many regions it comes from.
  const isMuch = instances > MOST_OPEN_INSTANCES || (!isFiltered && listings > MOST_OPEN_LISTINGS);
  return rows.map(row => budgeted(l10n, row, isMuch));
}

function budgeted(l10n: Localizer, row: InstanceTreeRow, isMuch: boolean): InstanceTreeRow {
  const { children, subject } = row;
  if (!children) return row;
  if (!isMuch || !holdsInstances(subject, row.capabilities)) {
    return {
      ...row,
      children: () =>
        limited(
          l10n,
          row.id,
          children().map(child => budgeted(l10n, child, isMuch)),
        ),
    };
  }
  return {
    ...row,
    // VS Code remembers a fold by the row's id, and takes an id for one row under one parent: what begins folded is another row.
    id: `${row.id}/folded`,
    expansion: 'collapsed',
    children: () =>
      limited(
        l10n,
        row.id,
        children().map(child => ({ ...child, id: `folded/${child.id}` })),
      ),
  };
}

function holdsInstances({ kind }: InstanceSubject, capabilities: readonly string[]): boolean {
  return kind === 'region' || capabilities.includes('tagGroup');
}

function limited(
  l10n: Localizer,
  parentId: string,
  rows: readonly InstanceTreeRow[],
): readonly InstanceTreeRow[] {
  if (rows.length <= MOST_BELOW_ONE) return rows;
  const more = rows.length - MOST_BELOW_ONE;
  const label = l10n.t('{0} more: filter to narrow', more);
  return [
    ...rows.slice(0, MOST_BELOW_ONE),
    {
      id: `${parentId}/more`,
      label,
      icon: { id: 'ellipsis' },
      capabilities: ['more'],
      spoken: label,
      command: { id: 'jitAccess.instances.filter', title: l10n.t('Filter Instances') },
      subject: { kind: 'more' },
    },
  ];
}
