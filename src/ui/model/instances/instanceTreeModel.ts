import { groupRows, isShown } from './groupRows';
import type { InstanceTreeRow } from './instanceSubject';
import { instanceCount } from './inventorySnapshot';
import type { InstanceTreeState } from './instanceTreeState';
import type { Localizer } from '../localizer';
import { ownRows } from './ownRows';
import { treeSize } from './rowBudget';
import { configProblemRow, signedOutRow } from './troubleRows';

/** Why the view shows nothing, for the welcome text; `ready` when it shows something. */
export type Emptiness =
  'loading' | 'noConfig' | 'noSsoProfile' | 'signedOut' | 'filtered' | 'offline' | 'ready';

export function emptiness(state: InstanceTreeState): Emptiness {
  const { config, sessions, accounts } = state.inventory;
  if (!config) return 'loading';
  if (!config.exists) return 'noConfig';
  const usable = sessions.some(({ profiles }) => profiles.some(profile => profile.accountId));
  if (!usable) return config.problems.length > 0 ? 'ready' : 'noSsoProfile';
  const isSignedOut = sessions.every(({ signIn }) => signIn.kind !== 'signedIn');
  if (isSignedOut && accounts.length === 0 && config.problems.length === 0) return 'signedOut';
  const regions = accounts.flatMap(account => account.regions);
  const isUnreachable = regions.every(
    region => region.error?.code === 'network' && instanceCount(region) === 0,
  );
  if (regions.length > 0 && isUnreachable) return 'offline';
  if (state.filter !== '' && regions.length > 0 && !regions.some(region => isShown(region, state)))
    return 'filtered';
  return 'ready';
}

/** The whole view: what is the person's own, then all instances in their groups, then sign-ins that are missing, then problems. */
export function instanceRows(
  l10n: Localizer,
  state: InstanceTreeState,
  size = treeSize(state),
): InstanceTreeRow[] {
  if (emptiness(state) !== 'ready') return [];
  const { inventory } = state;
  const signedOut = inventory.sessions
    .filter(({ signIn, profiles }) => signIn.kind !== 'signedIn' && profiles.length > 0)
    .map(session => signedOutRow(l10n, session));
  // Where nobody is signed in, nothing below is of now: the way out comes first.
  const isAnySignedIn = inventory.sessions.some(({ signIn }) => signIn.kind === 'signedIn');
  return [
    ...(isAnySignedIn ? [] : signedOut),
    ...ownRows(l10n, state),
    ...groupRows(l10n, state, size),
    ...(isAnySignedIn ? signedOut : []),
    ...(inventory.config?.problems ?? []).map(problem => configProblemRow(l10n, problem)),
  ];
}
