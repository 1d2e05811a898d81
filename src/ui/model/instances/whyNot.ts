import { agentLimit, type Connectability, type MissingForSsm } from '../../../access/connectability';
import type { FlowTarget } from '../../../access/flow';
import type { Instance } from '../../../access/instance';
import type { ReachObstacle } from '../../../access/reach';
import { conditionText, obstacleText } from '../accessDeniedText';
import type { Localizer } from '../localizer';
import { ageText } from '../timeText';

export interface Look {
  /** A few words: the state, and what is in the way. */
  readonly word: string;
  /** A codicon; every state has a shape of its own. */
  readonly icon: { readonly id: string; readonly color?: string };
}

/** How an instance that can or cannot be reached looks in a row. */
export function lookOf(l10n: Localizer, reachable: Connectability, now: number): Look {
  switch (reachable.kind) {
    case 'ok':
      return { word: l10n.t('ready'), icon: { id: 'circle-filled', color: 'charts.green' } };
    case 'no-grant':
      return {
        word: l10n.t('no grant, ask for {0}', alternatives(l10n, reachable.reaching)),
        icon: { id: 'lock' },
      };
    case 'no-flow':
      return { word: l10n.t('running, no flow'), icon: { id: 'vm-running' } };
    case 'signed-out':
      return { word: l10n.t('signed out'), icon: { id: 'account' } };
    case 'not-running':
      return reachable.state === 'stopped' || reachable.state === 'terminated'
        ? { word: stateWord(l10n, reachable.state), icon: { id: 'circle-outline' } }
        : { word: stateWord(l10n, reachable.state), icon: { id: 'sync' } };
    case 'ssm-unknown':
      return { word: l10n.t('SSM status not known'), icon: { id: 'question' } };
    case 'not-managed':
      return { word: notManagedWord(l10n, reachable.missing), icon: { id: 'warning' } };
    case 'ping-lost':
      return {
        word:
          reachable.since === undefined
            ? l10n.t('ping lost')
            : l10n.t('ping lost {0} ago', ageText(l10n, now - reachable.since)),
        icon: { id: 'debug-disconnect' },
      };
    case 'agent-too-old':
      return { word: l10n.t('agent {0} is too old', reachable.agentVersion), icon: { id: 'versions' } };
  }
}

/** A few words more where the agent is too old for a part only. */
export function limitWord(l10n: Localizer, instance: Instance): string | undefined {
  const limit = agentLimit(instance);
  if (!limit) return undefined;
  return limit.cannot === 'port'
    ? l10n.t('agent too old to forward ports')
    : l10n.t('agent too old for hosts behind it');
}

export function stateWord(l10n: Localizer, state: Instance['state']): string {
  switch (state) {
    case 'pending':
      return l10n.t('starting');
    case 'running':
      return l10n.t('running');
    case 'shutting-down':
      return l10n.t('shutting down');
    case 'terminated':
      return l10n.t('terminated');
    case 'stopping':
      return l10n.t('stopping');
    case 'stopped':
      return l10n.t('stopped');
    case 'unknown':
      return l10n.t('state unknown');
  }
}

/** Sentences for the card: why, what is known, what is not, and what to do. */
export function whyNotes(l10n: Localizer, instance: Instance, reachable: Connectability): readonly string[] {
  switch (reachable.kind) {
    case 'ok':
      return limitNotes(l10n, instance);
    case 'no-grant':
      return [
        l10n.t(
          'You have no active access that reaches it. To be asked for: {0}.',
          reachable.reaching.map(({ flow, target }) => `${target.label} (${flow.label})`).join(', '),
        ),
        ...limitNotes(l10n, instance),
      ];
    case 'no-flow':
      return [...noFlowNotes(l10n, instance, reachable.failing), ...limitNotes(l10n, instance)];
    case 'signed-out':
      return [l10n.t('The sign-in of its account has run out. Sign in to see how it is now.')];
    case 'not-running':
      return reachable.state === 'stopped'
        ? [l10n.t('It is stopped. Start it in EC2; its agent comes back by itself.')]
        : [];
    case 'ssm-unknown':
      return [
        l10n.t(
          'Systems Manager could not be asked in this region, so it is not known whether it is managed.',
        ),
      ];
    case 'not-managed':
      return [notManagedNote(l10n, instance, reachable.missing)];
    case 'ping-lost':
      return [
        ...(reachable.since === undefined ? [l10n.t('It is not known when its agent last answered.')] : []),
        l10n.t(
          'Check that the instance is healthy, that its agent runs, and that it reaches the endpoints of Systems Manager.',
        ),
      ];
    case 'agent-too-old':
      return [
        l10n.t(
          'Sessions need an agent of {0} or newer; this one is {1}.',
          reachable.needed,
          reachable.agentVersion,
        ),
      ];
  }
}

/** What to ask for; a way for emergencies only where there is no other. */
function alternatives(l10n: Localizer, reaching: readonly FlowTarget[]): string {
  const calm = reaching.filter(({ flow }) => !flow.breakGlass);
  const named = calm.length > 0 ? calm : reaching;
  const [first = '', second, ...more] = [...new Set(named.map(({ target }) => target.label))];
  if (second === undefined) return first;
  return more.length === 0
    ? l10n.t('{0} or {1}', first, second)
    : l10n.t('{0} or {1} others', first, more.length + 1);
}

function notManagedWord(l10n: Localizer, missing: MissingForSsm): string {
  switch (missing) {
    case 'instance-profile':
      return l10n.t('not managed by SSM, no instance profile');
    case 'agent':
      return l10n.t('not managed by SSM, check its agent');
    case 'unknown':
      return l10n.t('not managed by SSM');
  }
}

function notManagedNote(l10n: Localizer, { instanceProfile }: Instance, missing: MissingForSsm): string {
  switch (missing) {
    case 'instance-profile':
      return l10n.t(
        'It has no instance profile, so its agent has no permission to register with Systems Manager, unless the account has default host management. Whether an agent runs on it is not known.',
      );
    case 'agent':
      return l10n.t(
        'It has the instance profile {0}, but no agent has registered with Systems Manager. Check on it that the SSM Agent runs and reaches the endpoints of Systems Manager, and that the role of the profile has AmazonSSMManagedInstanceCore. Which of these is missing cannot be told from here.',
        instanceProfile ?? '',
      );
    case 'unknown':
      return l10n.t(
        'No agent of it has registered with Systems Manager. Check that it has an instance profile with AmazonSSMManagedInstanceCore, and that the SSM Agent runs and reaches the endpoints of Systems Manager. None of this is known here.',
      );
  }
}

function noFlowNotes(
  l10n: Localizer,
  instance: Instance,
  failing: readonly (FlowTarget & { readonly obstacle: ReachObstacle })[],
): string[] {
  const none = l10n.t('No flow of your settings reaches it. A role that you have anyway may open sessions.');
  const [nearest] = failing;
  if (nearest?.obstacle.kind !== 'tag') return [none];
  return [
    none,
    l10n.t(
      'The nearest, {0}, covers instances with {1}; {2}.',
      nearest.target.label,
      conditionText(l10n, nearest.target),
      obstacleText(l10n, instance, nearest.obstacle),
    ),
  ];
}

function limitNotes(l10n: Localizer, instance: Instance): string[] {
  const limit = agentLimit(instance);
  if (!limit) return [];
  return [
    limit.cannot === 'port'
      ? l10n.t(
          'Shells work. To forward ports its agent, {0}, is too old: that takes {1} or newer.',
          limit.agentVersion,
          limit.needed,
        )
      : l10n.t(
          'Shells and its own ports work. For hosts behind it its agent, {0}, is too old: that takes {1} or newer.',
          limit.agentVersion,
          limit.needed,
        ),
  ];
}
