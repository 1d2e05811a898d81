import { withIdPrefix } from '../row';
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
  /** The same by account. */
  readonly byAccount: ReadonlyMap<string, number>;
  readonly isFiltered: boolean;
}

export function treeSize({ inventory, filter, search }: InstanceTreeState): TreeSize {
  const listings = inventory.accounts.flatMap(({ regions }) => regions);
  // Sorting waits until somebody opens a list: without a filter counting is enough.
  const byAccount = new Map<string, number>();
  let instances = 0;
  for (const listing of listings) {
    const count =
      filter === '' ? instanceCount(listing) : search.find(search.byName(listing.instances), filter).length;
    byAccount.set(listing.accountId, (byAccount.get(listing.accountId) ?? 0) + count);
    instances += count;
  }
  return { listings: listings.length, instances, byAccount, isFiltered: filter !== '' };
}

/** With more, accounts or lists of instances begin folded: every open row is sent to the editor whenever it asks. */
const MOST_OPEN_LISTINGS = 12;
const MOST_OPEN_INSTANCES = 400;

/** More rows under one nobody reads; a filter finds what is meant. */
const MOST_BELOW_ONE = 300;

/** Whether there is so much to show that not all can stand open. */
function isMuch({ listings, instances, isFiltered }: TreeSize): boolean {
  // What a filter has found is what was asked for: it stands open, however many regions it comes from.
  return instances > MOST_OPEN_INSTANCES || (!isFiltered && listings > MOST_OPEN_LISTINGS);
}

/** Whether accounts begin folded: with fewer of them the regions do. */
export function foldsAccounts(size: TreeSize): boolean {
  return isMuch(size) && size.listings > MOST_OPEN_LISTINGS;
}

/** Folds accounts, or the lists of instances, where there are very many, and cuts the longest, saying how many more there are. */
export function withinBudget(
  l10n: Localizer,
  rows: readonly InstanceTreeRow[],
  size: TreeSize,
): readonly InstanceTreeRow[] {
  return rows.map(row => {
    const { subject } = row;
    if (subject.kind !== 'account' || !foldsAccounts(size)) return budgeted(l10n, row, isMuch(size));
    const isLarge = (size.byAccount.get(subject.accountId) ?? 0) > MOST_OPEN_INSTANCES;
    return folded(row, below => below.map(child => budgeted(l10n, child, isLarge)));
  });
}

/** VS Code remembers a fold by the row's id, and takes an id for one row under one parent: what begins folded is another row. */
function folded(
  row: InstanceTreeRow,
  budget: (below: readonly InstanceTreeRow[]) => readonly InstanceTreeRow[],
): InstanceTreeRow {
  const { children } = row;
  if (!children) return row;
  return {
    ...row,
    id: `${row.id}/folded`,
    expansion: 'collapsed',
    children: () => budget(children()).map(child => withIdPrefix('folded/', child)),
  };
}

function budgeted(l10n: Localizer, row: InstanceTreeRow, isFolded: boolean): InstanceTreeRow {
  const { children, subject } = row;
  if (!children) return row;
  const budget = (below: readonly InstanceTreeRow[]) =>
    limited(
      l10n,
      row.id,
      below.map(child => budgeted(l10n, child, isFolded)),
    );
  return isFolded && holdsInstances(subject, row.capabilities)
    ? folded(row, budget)
    : { ...row, children: () => budget(children()) };
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
