import type { Flow } from '../../access/flow';
import type { Grant } from '../../access/grant';
import type { Instance } from '../../access/instance';
import type { Profile } from '../../access/profile';
import { connectability } from '../../access/connectability';
import { covers } from '../../access/reach';
import type { AppError } from '../../base/errors';
import type { ConfigProblem } from '../../aws/awsConfig';
import { errorText } from './errorText';
import { instanceRow } from './instanceRow';
import type { AccountListing, InventorySnapshot, RegionListing, SsoSessionListing } from './inventory';
import type { Localizer } from './localizer';
import type { Row } from './row';
import type { SearchIndex } from './searchIndex';
import { remainingText, spokenRemaining } from './timeText';

export type InstanceSubject =
  | { readonly kind: 'session'; readonly session: SsoSessionListing }
  | { readonly kind: 'profile'; readonly profile: Profile }
  | { readonly kind: 'grant'; readonly requestId: string }
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'region'; readonly accountId: string; readonly region: string }
  | { readonly kind: 'instance'; readonly instance: Instance }
  /** Stands for those that are too many to be shown. */
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly about: string; readonly error: AppError }
  | { readonly kind: 'configProblem'; readonly problem: ConfigProblem };

export type InstanceTreeRow = Row<InstanceSubject>;

export interface InstanceTreeState {
  readonly inventory: InventorySnapshot;
  readonly flows: readonly Flow[];
  readonly grants: readonly Grant[];
  readonly filter: string;
  readonly search: SearchIndex;
  readonly now: number;
}

/** Why the view shows nothing, for the welcome text; `ready` when it shows something. */
export type Emptiness = 'loading' | 'noConfig' | 'noSsoProfile' | 'filtered' | 'offline' | 'ready';

export function emptiness({ inventory, filter, search }: InstanceTreeState): Emptiness {
  const { config, sessions, accounts } = inventory;
  if (!config) return 'loading';
  if (!config.exists) return 'noConfig';
  const usable = sessions.some(({ profiles }) => profiles.some(profile => profile.accountId));
  if (!usable) return config.problems.length > 0 ? 'ready' : 'noSsoProfile';
  const regions = accounts.flatMap(account => account.regions);
  if (regions.length > 0 && regions.every(region => region.error?.code === 'network')) return 'offline';
  if (filter && regions.length > 0 && regions.every(region => region.state === 'ready')) {
    if (regions.every(({ instances }) => search.find(instances, filter).length === 0)) return 'filtered';
  }
  return 'ready';
}

/** The whole view: what a grant opens now, then account → region → instance, then sign-ins that are missing, then problems. */
export function instanceRows(l10n: Localizer, state: InstanceTreeState): InstanceTreeRow[] {
  if (emptiness(state) !== 'ready') return [];
  const { inventory } = state;
  return [
    ...state.grants.filter(grant => grant.phase === 'active').flatMap(grant => grantRow(l10n, grant, state)),
    ...inventory.accounts.map(account => accountRow(l10n, account, state)),
    ...inventory.sessions
      .filter(({ signIn, profiles }) => signIn.kind !== 'signedIn' && profiles.length > 0)
      .map(session => signedOutRow(l10n, session)),
    ...(inventory.config?.problems ?? []).map(problem => configProblemRow(l10n, problem)),
  ];
}

function grantRow(l10n: Localizer, grant: Grant, state: InstanceTreeState): InstanceTreeRow[] {
  const instances = state.inventory.accounts
    .flatMap(account => account.regions.flatMap(region => region.instances))
    .filter(
      instance =>
        covers(grant, instance, state.now) &&
        connectability(instance, state).kind === 'ok' &&
        state.search.matches(instance, state.filter),
    );
  if (instances.length === 0) return [];
  const left = grant.effectiveEndsAt === undefined ? undefined : grant.effectiveEndsAt - state.now;
  const { label, accountId } = grant.target;
  return [
    {
      id: `grant/${grant.requestId}`,
      label,
      description: left === undefined ? l10n.t('active') : l10n.t('{0} left', remainingText(l10n, left)),
      icon: { id: 'unlock', color: 'charts.green' },
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
      spoken:
        left === undefined
          ? l10n.t('{0}, active, {1} instances', label, instances.length)
          : l10n.t(
              '{0}, active, {1} left, {2} instances',
              label,
              spokenRemaining(l10n, left),
              instances.length,
            ),
      expansion: 'expanded',
      children: () =>
        state.search
          .byName(instances)
          .map(instance => instanceRow(l10n, instance, state, `grant/${grant.requestId}/`)),
      subject: { kind: 'grant', requestId: grant.requestId },
    },
  ];
}

function accountRow(l10n: Localizer, account: AccountListing, state: InstanceTreeState): InstanceTreeRow {
  const profiles = account.profiles.map(profile => profile.name).join(', ');
  const name = state.inventory.accountNames.get(account.accountId);
  return {
    id: `account/${account.accountId}`,
    label: name ?? account.accountId,
    description: name === undefined ? profiles : account.accountId,
    icon: { id: 'organization' },
    tooltip: {
      title: name === undefined ? l10n.t('Account {0}', account.accountId) : `${name} · ${account.accountId}`,
      facts: account.profiles.map(profile => [
        profile.name,
        [profile.roleName, profile.region].filter(Boolean).join(' · '),
      ]),
    },
    capabilities: ['account'],
    spoken: l10n.t('Account {0}, profiles {1}', name ?? account.accountId, profiles),
    expansion: 'expanded',
    children: () =>
      account.regions.flatMap(region => {
        const shown = state.search.find(
          state.search.byName(region.instances),
          region.state === 'ready' ? state.filter : '',
        );
        // With a filter, a region without a match would only be in the way.
        if (state.filter !== '' && region.state === 'ready' && shown.length === 0) return [];
        return [regionRow(l10n, region, shown, state)];
      }),
    subject: { kind: 'account', accountId: account.accountId },
  };
}

function regionRow(
  l10n: Localizer,
  listing: RegionListing,
  shown: readonly Instance[],
  state: InstanceTreeState,
): InstanceTreeRow {
  const { accountId, region } = listing;
  const id = `region/${accountId}/${region}`;
  const subject = { kind: 'region', accountId, region } as const;
  if (listing.state === 'loading') {
    return {
      // VS Code keeps a node's fold by its id: one that was a leaf while it listed would stay folded afterwards.
      id: `${id}/listing`,
      label: region,
      description: l10n.t('listing…'),
      icon: { id: 'loading~spin' },
      capabilities: ['region'],
      spoken: l10n.t('{0}, listing', region),
      subject,
    };
  }
  if (listing.error) return problemRow(l10n, `${id}/problem`, region, listing.error);
  const connectable = shown.filter(instance => connectability(instance, state).kind === 'ok').length;
  const counts =
    state.filter === ''
      ? l10n.t('{0} connectable, {1} total', connectable, shown.length)
      : l10n.t('{0} of {1}', shown.length, listing.instances.length);
  return {
    id,
    label: region,
    description: counts,
    icon: { id: 'globe' },
    tooltip: {
      title: region,
      facts: [
        [l10n.t('Account'), accountId],
        [l10n.t('Listed through'), listing.via?.name ?? ''],
      ],
    },
    capabilities: ['region'],
    spoken: l10n.t('Region {0}, {1}', region, counts),
    expansion: 'expanded',
    children: () => [
      ...(listing.ssmError
        ? [problemRow(l10n, `${id}/ssm`, l10n.t('Systems Manager could not be asked'), listing.ssmError)]
        : []),
      ...shown.map(instance => instanceRow(l10n, instance, state, '')),
    ],
    subject,
  };
}

function problemRow(l10n: Localizer, id: string, about: string, error: AppError): InstanceTreeRow {
  const { sentence, mend } = errorText(l10n, error);
  const denied = error.details['action'];
  const description = denied ? l10n.t('not allowed to list ({0})', denied) : sentence;
  return {
    id,
    label: about,
    description,
    icon: { id: 'warning', color: 'list.warningForeground' },
    tooltip: { title: about, facts: [], notes: [sentence] },
    capabilities: [
      'problem',
      ...(mend?.kind === 'signIn' || mend?.kind === 'enterMfaCode' ? [mend.kind] : []),
    ],
    spoken: `${about}, ${description}`,
    subject: { kind: 'problem', about, error },
  };
}

function signedOutRow(l10n: Localizer, listing: SsoSessionListing): InstanceTreeRow {
  const { session, signIn, profiles } = listing;
  const state = signIn.kind === 'expired' ? l10n.t('sign-in expired') : l10n.t('signed out');
  const subject = { kind: 'session', session: listing } as const;
  return {
    id: `session/${session.cacheKey}`,
    label: session.label,
    description: state,
    icon: { id: 'account' },
    tooltip: {
      title: session.label,
      facts: [
        [l10n.t('State'), state],
        [l10n.t('Portal'), session.startUrl],
        [l10n.t('Region'), session.region],
      ],
    },
    capabilities: ['ssoSession', 'signIn'],
    spoken: `${session.label}, ${state}`,
    expansion: 'expanded',
    children: () => [
      {
        id: `session/${session.cacheKey}/signIn`,
        label: l10n.t('Sign in to list instances'),
        icon: { id: 'sign-in' },
        capabilities: ['signInHere'],
        spoken: l10n.t('Sign in to {0} to list instances', session.label),
        command: { id: 'jitAccess.profile.signIn', title: l10n.t('Sign In') },
        subject,
      },
      ...profiles.map(profile => profileRow(l10n, profile)),
    ],
    subject,
  };
}

function profileRow(l10n: Localizer, profile: Profile): InstanceTreeRow {
  const description = [profile.roleName, profile.accountId, profile.region].filter(Boolean).join(' · ');
  return {
    id: `profile/${profile.name}`,
    label: profile.name,
    description,
    icon: { id: 'person' },
    capabilities: ['profile'],
    spoken: l10n.t('Profile {0}, {1}', profile.name, description),
    subject: { kind: 'profile', profile },
  };
}

function configProblemRow(l10n: Localizer, problem: ConfigProblem): InstanceTreeRow {
  const where = problem.section ?? l10n.t('AWS config');
  const description =
    problem.line === undefined ? problem.message : l10n.t('line {0}: {1}', problem.line, problem.message);
  return {
    id: `configProblem/${problem.path}/${problem.line ?? ''}/${where}`,
    label: where,
    description,
    icon: { id: 'warning', color: 'list.warningForeground' },
    tooltip: { title: where, facts: [[l10n.t('File'), problem.path]], notes: [problem.message] },
    capabilities: ['configProblem'],
    spoken: `${where}, ${description}`,
    command: { id: 'jitAccess.profile.openConfig', title: l10n.t('Open AWS Config File') },
    subject: { kind: 'configProblem', problem },
  };
}
