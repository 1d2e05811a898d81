import { isConnectable } from '../../../access/connectability';
import type { Instance } from '../../../access/instance';
import type { AppError } from '../../../base/errors';
import { instanceRow } from './instanceRow';
import type { InstanceTreeRow } from './instanceSubject';
import type { InstanceTreeState } from './instanceTreeState';
import { instanceCount, type AccountListing, type RegionListing } from './inventorySnapshot';
import { asOfText, offlineError } from './inventoryAge';
import type { Localizer } from '../localizer';
import { foldsAccounts, type TreeSize } from './rowBudget';
import { problemRow, problemText, WARNING } from './troubleRows';

/** What the rows are made of; when nothing answers, why: it is said once, and not below each region. */
interface GroupState extends InstanceTreeState {
  readonly offline: AppError | undefined;
  readonly size: TreeSize;
}

/** All instances, put together as the person wants them. */
export function groupRows(l10n: Localizer, given: InstanceTreeState, size: TreeSize): InstanceTreeRow[] {
  const state = { ...given, size, offline: offlineError(given.inventory) };
  const { offline } = state;
  return [
    ...(offline ? [problemRow(l10n, 'offline', l10n.t('Not listed anew'), offline)] : []),
    ...groupsOf(l10n, state),
  ];
}

function groupsOf(l10n: Localizer, state: GroupState): InstanceTreeRow[] {
  const { inventory, grouping } = state;
  switch (grouping.kind) {
    case 'account':
      return inventory.accounts
        .filter(({ regions }) => state.filter === '' || regions.some(region => isShown(region, state)))
        .map(account => accountRow(l10n, account, state));
    case 'region':
      return regionNames(inventory.accounts).flatMap(region => regionGroup(l10n, region, state));
    case 'tag':
      return tagRows(l10n, grouping.key, state);
  }
}

function accountRow(l10n: Localizer, account: AccountListing, state: GroupState): InstanceTreeRow {
  const profiles = account.profiles.map(profile => profile.name).join(', ');
  const name = state.inventory.accountNames.get(account.accountId);
  const spoken = l10n.t('Account {0}, profiles {1}', name ?? account.accountId, profiles);
  // One that stands open says it in its regions.
  const isSummed = foldsAccounts(state.size);
  const problems = isSummed ? regionProblems(account, state) : [];
  const summary = isSummed ? accountSummary(l10n, account, problems.length, state) : [];
  return {
    id: `account/${account.accountId}`,
    label: name ?? account.accountId,
    // What tells accounts apart comes last: the name does that already, and a narrow side bar cuts the end.
    description: [...summary, name === undefined ? profiles : account.accountId].join(' · '),
    icon: problems.length > 0 ? WARNING : { id: 'organization' },
    tooltip: {
      title: name === undefined ? l10n.t('Account {0}', account.accountId) : `${name} · ${account.accountId}`,
      facts: account.profiles.map(profile => [
        profile.name,
        [profile.roleName, profile.region].filter(Boolean).join(' · '),
      ]),
      notes: problemNotes(l10n, problems),
    },
    capabilities: ['account'],
    spoken: [spoken, ...summary].join(', '),
    expansion: 'expanded',
    children: () =>
      account.regions.flatMap(region => listingRow(l10n, region, region.region, 'region', state)),
    subject: { kind: 'account', accountId: account.accountId },
  };
}

/** What could not be asked, region by region; nothing where nothing answers at all, which is said elsewhere. */
function regionProblems({ regions }: AccountListing, { offline }: GroupState) {
  return offline
    ? []
    : regions.flatMap(({ region, error: listingError, ssmError }) => {
        const error = listingError ?? ssmError;
        return error ? [{ region, error }] : [];
      });
}

/** Each reason once, with the regions that have it. */
function problemNotes(l10n: Localizer, problems: ReturnType<typeof regionProblems>): readonly string[] {
  const regionsOf = new Map<string, string[]>();
  for (const { region, error } of problems) {
    const reason = problemText(l10n, error);
    regionsOf.set(reason, [...(regionsOf.get(reason) ?? []), region]);
  }
  return [...regionsOf].map(([reason, regions]) => `${regions.join(', ')}: ${reason}`);
}

/** All its regions in one: how much they hold, and of how many (`missing`) not all is known. */
function accountSummary(
  l10n: Localizer,
  { accountId, regions }: AccountListing,
  missing: number,
  state: GroupState,
): readonly string[] {
  const isListing = regions.some(region => region.state === 'loading');
  const isKnown = regions.some(region => region.state === 'ready' || instanceCount(region) > 0);
  const total = regions.reduce((sum, region) => sum + instanceCount(region), 0);
  const candidates = regions.flatMap(region => mayBeConnectable(region, state));
  const shown = state.size.byAccount.get(accountId) ?? 0;
  return [
    ...(missing === 0
      ? []
      : [missing === 1 ? l10n.t('1 region incomplete') : l10n.t('{0} regions incomplete', missing)]),
    ...(isListing ? [l10n.t('listing…')] : []),
    ...(isKnown ? [countsOf(l10n, shown, total, state, candidates)] : []),
  ];
}

function regionNames(accounts: readonly AccountListing[]): readonly string[] {
  return [...new Set(accounts.flatMap(({ regions }) => regions.map(({ region }) => region)))].sort();
}

function regionGroup(l10n: Localizer, region: string, state: GroupState): InstanceTreeRow[] {
  const { accounts } = state.inventory;
  const listings = accounts.flatMap(account => account.regions.filter(one => one.region === region));
  const shown = listings.filter(listing => isShown(listing, state));
  if (shown.length === 0) return [];
  const counts = l10n.t('{0} of {1} accounts', shown.length, accounts.length);
  return [
    {
      id: `byRegion/${region}`,
      label: region,
      description: counts,
      icon: { id: 'globe' },
      capabilities: ['region'],
      spoken: l10n.t('Region {0}, {1}', region, counts),
      expansion: 'expanded',
      children: () =>
        shown.flatMap(listing =>
          listingRow(l10n, listing, accountLabel(listing.accountId, state), 'organization', state),
        ),
      subject: { kind: 'group', id: `byRegion/${region}` },
    },
  ];
}

/** The instances that carry a tag, value by value, then those without it, then what could not be listed. */
function tagRows(l10n: Localizer, key: string, state: GroupState): InstanceTreeRow[] {
  const listings = state.inventory.accounts.flatMap(({ regions }) => regions);
  const groups = state.search.byTag(state.inventory.accounts, key);
  const rows = groups.flatMap(({ value, instances }): InstanceTreeRow[] => {
    const shown = state.search.find(instances, state.filter);
    if (shown.length === 0) return [];
    const id = value === undefined ? `untagged/${key}` : `tagged/${key}=${value}`;
    const label = value === undefined ? l10n.t('without {0}', key) : value === '' ? l10n.t('(empty)') : value;
    const counts = countsOf(l10n, shown.length, instances.length, state, shown);
    return [
      {
        id,
        label,
        description: counts,
        icon: { id: value === undefined ? 'circle-slash' : 'tag' },
        capabilities: ['tagGroup'],
        spoken:
          value === undefined
            ? l10n.t('Without tag {0}, {1}', key, counts)
            : l10n.t('Tag {0} {1}, {2}', key, label, counts),
        expansion: 'expanded',
        children: () => shown.map(instance => instanceRow(l10n, instance, state, `${id}/`)),
        subject: { kind: 'group', id },
      },
    ];
  });
  const missing = listings.flatMap(listing => {
    const label = `${accountLabel(listing.accountId, state)} · ${listing.region}`;
    if (listing.state === 'loading') return [loadingRow(l10n, listing, label)];
    return listingProblems(l10n, listing, label, state);
  });
  return [...rows, ...missing];
}

function accountLabel(accountId: string, { inventory }: InstanceTreeState): string {
  return inventory.accountNames.get(accountId) ?? accountId;
}

/** What there is to show of a listing, sorted. */
function shownOf({ instances }: RegionListing, { filter, search }: InstanceTreeState): readonly Instance[] {
  return search.find(search.byName(instances), filter);
}

/** With a filter, a listing without a match would only be in the way; one of which nothing is known may hold one. */
export function isShown(listing: RegionListing, state: InstanceTreeState): boolean {
  if (state.filter === '' || listing.state === 'loading') return true;
  if (listing.error && instanceCount(listing) === 0) return true;
  return shownOf(listing, state).length > 0;
}

/** `candidates`: those that may be connectable. */
function countsOf(
  l10n: Localizer,
  shown: number,
  total: number,
  state: GroupState,
  candidates: readonly Instance[],
): string {
  if (total === 0) return l10n.t('no instances');
  if (state.filter !== '') return l10n.t('{0} of {1}', shown, total);
  const connectable = candidates.filter(instance => isConnectable(instance, state)).length;
  return l10n.t('{0} connectable, {1} total', connectable, shown);
}

/** None where no access is active: what was saved is then not read for counting. */
function mayBeConnectable(listing: RegionListing, { grants }: InstanceTreeState): readonly Instance[] {
  const isOpen = grants.some(
    ({ phase, target }) => phase === 'active' && target.accountId === listing.accountId,
  );
  return isOpen ? listing.instances : [];
}

function idOf({ accountId, region }: RegionListing): string {
  return `region/${accountId}/${region}`;
}

function loadingRow(l10n: Localizer, listing: RegionListing, label: string): InstanceTreeRow {
  const { accountId, region } = listing;
  return {
    // VS Code keeps a node's fold by its id: one that was a leaf while it listed would stay folded afterwards.
    id: `${idOf(listing)}/listing`,
    label,
    description: l10n.t('listing…'),
    icon: { id: 'loading~spin' },
    capabilities: ['region'],
    spoken: l10n.t('{0}, listing', label),
    subject: { kind: 'region', accountId, region },
  };
}

/** What failed of a listing: all of it, or Systems Manager's part. */
function listingProblems(
  l10n: Localizer,
  listing: RegionListing,
  label: string,
  { offline }: GroupState,
): InstanceTreeRow[] {
  const { error, ssmError } = listing;
  if (offline && instanceCount(listing) > 0) return [];
  if (error) return [problemRow(l10n, `${idOf(listing)}/problem`, label, error)];
  if (ssmError) return [problemRow(l10n, `${idOf(listing)}/ssm`, label, ssmError)];
  return [];
}

/** One region of one account with what it holds; none where a filter leaves nothing of it. */
function listingRow(
  l10n: Localizer,
  listing: RegionListing,
  label: string,
  icon: 'region' | 'organization',
  state: GroupState,
): InstanceTreeRow[] {
  if (!isShown(listing, state)) return [];
  if (listing.state === 'loading') return [loadingRow(l10n, listing, label)];
  // Where nothing is known the failure stands alone; else above what was known before.
  const total = instanceCount(listing);
  if (listing.error && total === 0) return listingProblems(l10n, listing, label, state);
  const { accountId, region } = listing;
  const shown = state.filter === '' ? total : shownOf(listing, state).length;
  const since = listing.error ? listing.listedAt : undefined;
  const counts = [
    countsOf(l10n, shown, total, state, mayBeConnectable(listing, state)),
    ...(since === undefined ? [] : [asOfText(l10n, since, state.now)]),
  ].join(' · ');
  return [
    {
      id: idOf(listing),
      label,
      description: counts,
      icon: { id: icon === 'region' ? 'globe' : icon },
      tooltip: {
        title: label,
        facts: [
          [l10n.t('Account'), accountId],
          [l10n.t('Region'), region],
          [l10n.t('Listed through'), listing.via?.name ?? l10n.t('not known')],
        ],
      },
      capabilities: ['region'],
      spoken:
        icon === 'region'
          ? l10n.t('Region {0}, {1}', label, counts)
          : l10n.t('Account {0}, {1}', label, counts),
      expansion: 'expanded',
      children: () => [
        ...listingProblems(l10n, listing, problemLabel(l10n, listing), state),
        ...shownOf(listing, state).map(instance => instanceRow(l10n, instance, state, '')),
      ],
      subject: { kind: 'region', accountId, region },
    },
  ];
}

function problemLabel(l10n: Localizer, { error }: RegionListing): string {
  return error ? l10n.t('Not listed anew') : l10n.t('SSM could not be asked');
}
