import { agentLimit, connectability, type Connectability } from '../../../access/connectability';
import type { Flow } from '../../../access/flow';
import { instanceKey, instanceLabel, type Instance } from '../../../access/instance';
import { consoleLink } from './consoleLink';
import { instanceCard } from './instanceCard';
import type { InstanceMarks } from './instanceMarks';
import type { InstanceRowContext } from './instanceRowContext';
import type { InstanceSubject } from './instanceSubject';
import type { Localizer } from '../localizer';
import type { Row } from '../row';
import { limitWord, lookOf } from './whyNot';

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
  const isOpen = canBeOpened(reachable);
  const limit = isOpen ? limitWord(l10n, instance) : undefined;
  const words = [look.word, ...(limit ? [limit] : [])];
  const description = [...words, ...telling.map(([, value]) => value), ...id].join(' · ');
  return {
    id: `${idPrefix}${instanceKey(instance)}`,
    label: name,
    description,
    icon: look.icon,
    // Made when it is read: thousands of rows are drawn for one that is pointed at.
    get tooltip() {
      return instanceCard(l10n, instance, reachable, context);
    },
    capabilities: capabilitiesOf(instance, reachable, context.marks),
    spoken: [name, ...words, ...telling.map(([key, value]) => `${key} ${value}`), instance.id].join(', '),
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
  const rank = reachable.kind === 'ok' ? 0 : canBeOpened(reachable) ? 1 : 2;
  return { word, icon: icon.id, rank };
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

/** Whether nothing but a permission may be in the way. */
function canBeOpened({ kind }: Connectability): boolean {
  return kind === 'ok' || kind === 'no-grant' || kind === 'no-flow';
}

function capabilitiesOf(instance: Instance, reachable: Connectability, marks: InstanceMarks): string[] {
  const capabilities = ['instance'];
  if (canBeOpened(reachable)) {
    capabilities.push('shell');
    if (agentLimit(instance)?.cannot !== 'port') capabilities.push('forward');
  }
  if (reachable.kind === 'signed-out') capabilities.push('signIn');
  if (reachable.kind === 'ok') capabilities.push('connect');
  if (reachable.kind === 'no-grant') capabilities.push('request');
  if (instance.privateIp) capabilities.push('privateIp');
  if (instance.publicIp) capabilities.push('publicIp');
  if (consoleLink(instance) !== undefined) capabilities.push('console');
  capabilities.push(marks.isFavourite(instanceKey(instance)) ? 'favourite' : 'common');
  if (Object.keys(instance.tags).some(key => key !== 'Name')) capabilities.push('tagged');
  return capabilities;
}
