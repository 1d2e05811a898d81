import { machineObstacle } from '../../../access/connectability';
import type { Grant } from '../../../access/grant';
import { covers } from '../../../access/reach';
import { parseInstanceKey } from '../../../access/instance';
import type { RememberedInstance } from './instanceMarks';
import { instanceRow } from './instanceRow';
import type { InstanceTreeRow } from './instanceSubject';
import type { InstanceTreeState } from './instanceTreeState';
import { EMERGENCY_ICON } from '../access/accessTreeModel';
import type { Localizer } from '../localizer';
import { instancesText } from './countText';
import { calmRemainingText, spokenRemaining } from '../timeText';

/** On top of the list: what grants open now, what was marked, and what was used last. */
export function ownRows(l10n: Localizer, state: InstanceTreeState): InstanceTreeRow[] {
  const { favourites, recent } = state.marks;
  return [
    ...state.grants.filter(grant => grant.phase === 'active').flatMap(grant => grantRow(l10n, grant, state)),
    ...remembered(l10n, state, 'favourites', l10n.t('Favourites'), 'star-full', favourites),
    ...remembered(
      l10n,
      state,
      'recent',
      l10n.t('Recently Connected'),
      'history',
      recent.slice(0, MOST_RECENT),
    ),
  ];
}

/** So many that the list itself stays in sight. */
const MOST_RECENT = 5;

function remembered(
  l10n: Localizer,
  state: InstanceTreeState,
  id: 'favourites' | 'recent',
  label: string,
  icon: string,
  all: readonly RememberedInstance[],
): InstanceTreeRow[] {
  const shown = all.flatMap((one): (() => InstanceTreeRow)[] => {
    const instance = state.find(one.key);
    if (instance) {
      if (!state.search.matches(instance, state.filter)) return [];
      return [() => instanceRow(l10n, instance, state, `${id}/`)];
    }
    // What was used once may be gone; what was marked is missed.
    return id === 'favourites' && state.filter === '' ? [() => missingRow(l10n, one, state)] : [];
  });
  if (shown.length === 0) return [];
  return [
    {
      id,
      label,
      description: String(shown.length),
      icon: { id: icon },
      capabilities: [id],
      spoken: l10n.t('{0}, {1}', label, instancesText(l10n, shown.length)),
      expansion: 'expanded',
      children: () => shown.map(row => row()),
      subject: { kind: 'group', id },
    },
  ];
}

/** A favourite that no listing holds: with the reason, as far as it is known. */
function missingRow(
  l10n: Localizer,
  { key, label }: RememberedInstance,
  { inventory }: InstanceTreeState,
): InstanceTreeRow {
  const place = parseInstanceKey(key);
  const account = inventory.accounts.find(({ accountId }) => accountId === place?.accountId);
  const listing = account?.regions.find(({ region }) => region === place?.region);
  const reason = !account
    ? l10n.t('not listed: no sign-in or profile for its account')
    : !listing
      ? l10n.t('not listed: its region is not among those listed')
      : listing.state === 'loading'
        ? l10n.t('listing…')
        : listing.state === 'failed'
          ? l10n.t('not listed: its region could not be listed')
          : l10n.t('not there any more');
  return {
    id: `favourites/missing/${key}`,
    label,
    description: reason,
    icon: { id: 'question' },
    tooltip: {
      title: label,
      facts: [
        [l10n.t('ID'), place?.id ?? key],
        [l10n.t('Where'), place ? `${place.accountId} · ${place.region}` : l10n.t('not known')],
        [l10n.t('State'), reason],
      ],
    },
    capabilities: ['favourite', 'missing'],
    spoken: `${label}, ${reason}`,
    subject: { kind: 'missing', key, label },
  };
}

function grantRow(l10n: Localizer, grant: Grant, state: InstanceTreeState): InstanceTreeRow[] {
  const instances = state.inventory.accounts
    .filter(account => account.accountId === grant.target.accountId)
    .flatMap(account => account.regions.flatMap(region => region.instances))
    .filter(
      instance =>
        covers(grant, instance, state.now) &&
        machineObstacle(instance, state) === undefined &&
        state.search.matches(instance, state.filter),
    );
  if (instances.length === 0) return [];
  const left = grant.effectiveEndsAt === undefined ? undefined : grant.effectiveEndsAt - state.now;
  const { label, accountId } = grant.target;
  const isEmergency = grant.breakGlass === true;
  const standing = left === undefined ? l10n.t('active') : l10n.t('{0} left', calmRemainingText(l10n, left));
  const count = instancesText(l10n, instances.length);
  const spoken =
    left === undefined
      ? l10n.t('{0}, active, {1}', label, count)
      : l10n.t('{0}, active, {1} left, {2}', label, spokenRemaining(l10n, left), count);
  return [
    {
      id: `grant/${grant.requestId}`,
      label,
      description: isEmergency ? l10n.t('break-glass · {0}', standing) : standing,
      icon: isEmergency ? EMERGENCY_ICON : { id: 'unlock', color: 'charts.green' },
      tooltip: {
        title: label,
        facts: [
          [l10n.t('State'), l10n.t('active')],
          [l10n.t('Account'), accountId],
          ...(grant.target.permissionSet
            ? ([[l10n.t('Permission set'), grant.target.permissionSet]] as const)
            : []),
        ],
        notes: [l10n.t('What this access reaches now.')],
      },
      capabilities: ['grant', 'extend', 'giveBack'],
      spoken: isEmergency ? l10n.t('Break-glass: {0}', spoken) : spoken,
      expansion: 'expanded',
      children: () =>
        state.search
          .byName(instances)
          .map(instance => instanceRow(l10n, instance, state, `grant/${grant.requestId}/`)),
      subject: { kind: 'grant', requestId: grant.requestId },
    },
  ];
}
