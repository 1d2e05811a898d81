import { connectability, type Connectability } from '../../access/connectability';
import type { Flow } from '../../access/flow';
import type { Grant } from '../../access/grant';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import { reachReport } from '../../access/reach';
import type { InstanceSubject } from './instanceTreeModel';
import type { Localizer } from './localizer';
import type { Row } from './row';
import { ageText } from './timeText';

export interface InstanceRowContext {
  readonly flows: readonly Flow[];
  readonly grants: readonly Grant[];
  readonly now: number;
}

/** One instance: its state by shape and by word, and what may be done with it. */
export function instanceRow(
  l10n: Localizer,
  instance: Instance,
  context: InstanceRowContext,
  idPrefix: string,
): Row<InstanceSubject> {
  const reachable = connectability(instance, context);
  const look = lookOf(l10n, reachable, context.now);
  const telling = tellingTags(instance, context.flows);
  const name = instanceLabel(instance);
  // The id last: it is what a narrow sidebar can best do without.
  const id = name === instance.id ? [] : [instance.id];
  const description = [look.word, ...telling.map(([, value]) => value), ...id].join(' · ');
  return {
    id: `${idPrefix}${instanceKey(instance)}`,
    label: name,
    description,
    icon: look.icon,
    // Made when it is read: thousands of rows are drawn for one that is pointed at.
    get tooltip() {
      return card(l10n, instance, look.word, context);
    },
    capabilities: capabilitiesOf(instance, reachable),
    spoken: [name, look.word, ...telling.map(([key, value]) => `${key} ${value}`), instance.id].join(', '),
    subject: { kind: 'instance', instance },
  };
}

export interface InstanceState {
  /** Two or three words, as the tree and the quick pick show them. */
  readonly word: string;
  /** A codicon. */
  readonly icon: string;
  /** 0 can be connected to now, 1 after asking, 2 not as it is. */
  readonly rank: 0 | 1 | 2;
}

export function instanceState(
  l10n: Localizer,
  instance: Instance,
  context: InstanceRowContext,
): InstanceState {
  const reachable = connectability(instance, context);
  const { word, icon } = lookOf(l10n, reachable, context.now);
  const rank =
    reachable.kind === 'ok' ? 0 : reachable.kind === 'no-grant' || reachable.kind === 'no-flow' ? 1 : 2;
  return { word, icon: icon.id, rank };
}

function lookOf(
  l10n: Localizer,
  reachable: Connectability,
  now: number,
): { readonly word: string; readonly icon: { readonly id: string; readonly color?: string } } {
  switch (reachable.kind) {
    case 'ok':
      return { word: l10n.t('ready'), icon: { id: 'circle-filled', color: 'charts.green' } };
    case 'no-grant':
      return { word: l10n.t('no grant'), icon: { id: 'lock' } };
    case 'no-flow':
      return { word: l10n.t('running, no flow'), icon: { id: 'vm-running' } };
    case 'not-running':
      return reachable.state === 'stopped' || reachable.state === 'terminated'
        ? { word: stateWord(l10n, reachable.state), icon: { id: 'circle-outline' } }
        : { word: stateWord(l10n, reachable.state), icon: { id: 'sync' } };
    case 'not-managed':
      return { word: l10n.t('not managed by SSM'), icon: { id: 'warning' } };
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

function stateWord(l10n: Localizer, state: Instance['state']): string {
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

/** The tags that decide who may connect: those that some flow asks about. */
function tellingTags(instance: Instance, flows: readonly Flow[]): (readonly [string, string])[] {
  const keys = new Set(
    flows.flatMap(flow => flow.targets.flatMap(target => Object.keys(target.instanceTags))),
  );
  return [...keys].flatMap(key => {
    const value = instance.tags[key];
    return value === undefined ? [] : [[key, value] as const];
  });
}

function capabilitiesOf(instance: Instance, reachable: Connectability): string[] {
  const capabilities = ['instance'];
  const open = reachable.kind === 'ok' || reachable.kind === 'no-grant' || reachable.kind === 'no-flow';
  if (open) capabilities.push('shell', 'forward');
  if (reachable.kind === 'ok') capabilities.push('connect');
  if (reachable.kind === 'no-grant') capabilities.push('request');
  if (instance.privateIp) capabilities.push('privateIp');
  if (Object.keys(instance.tags).some(key => key !== 'Name')) capabilities.push('tagged');
  return capabilities;
}

function card(
  l10n: Localizer,
  instance: Instance,
  word: string,
  context: InstanceRowContext,
): NonNullable<Row<unknown>['tooltip']> {
  const { ssm } = instance;
  const facts: (readonly [string, string])[] = [
    [l10n.t('ID'), instance.id],
    [l10n.t('State'), `${stateWord(l10n, instance.state)} · ${word}`],
  ];
  const add = (label: string, value: string | undefined) => {
    if (value) facts.push([label, value]);
  };
  if (ssm) {
    const age = ssm.lastPingAt === undefined ? undefined : ageText(l10n, context.now - ssm.lastPingAt);
    add(l10n.t('Ping'), age ? l10n.t('{0}, {1} ago', ssm.pingStatus, age) : ssm.pingStatus);
    add(l10n.t('Agent'), ssm.agentVersion);
    add(l10n.t('Platform'), ssm.platformName ?? ssm.platformType);
  }
  add(l10n.t('Type'), instance.instanceType);
  add(l10n.t('Private IP'), instance.privateIp);
  add(l10n.t('Public IP'), instance.publicIp);
  add(l10n.t('Where'), `${instance.accountId} · ${instance.region}`);
  const tags = Object.entries(instance.tags).filter(([key]) => key !== 'Name');
  add(l10n.t('Tags'), tags.map(([key, value]) => `${key}=${value}`).join(', '));
  const { reaching } = reachReport(context.flows, instance);
  add(
    l10n.t('Reached by'),
    reaching.length === 0
      ? l10n.t('no flow of your settings')
      : reaching.map(({ target }) => target.label).join(', '),
  );
  return { title: instanceLabel(instance), facts };
}
