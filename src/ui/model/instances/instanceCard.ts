import type { Connectability } from '../../../access/connectability';
import { instanceKey, instanceLabel, isOutsideEc2, type Instance } from '../../../access/instance';
import { reachReport } from '../../../access/reach';
import type { InstanceRowContext } from './instanceRowContext';
import type { Localizer } from '../localizer';
import type { Card } from '../row';
import { ageText, momentText } from '../timeText';
import { lookOf, stateWord, whyNotes } from './whyNot';

/** Everything known of an instance, why it cannot be reached, and what is not known. */
export function instanceCard(
  l10n: Localizer,
  instance: Instance,
  reachable: Connectability,
  context: InstanceRowContext,
): Card {
  const { word } = lookOf(l10n, reachable, context.now);
  const state = isOutsideEc2(instance) ? l10n.t('outside EC2') : stateWord(l10n, instance.state);
  const facts: (readonly [string, string])[] = [
    [l10n.t('ID'), instance.id],
    [l10n.t('State'), word === state ? word : `${state} · ${word}`],
  ];
  const add = (label: string, value: string | undefined) => {
    if (value) facts.push([label, value]);
  };
  for (const [label, value] of agentFacts(l10n, instance, reachable, context.now)) add(label, value);
  add(l10n.t('Type'), instance.instanceType);
  add(l10n.t('Private IP'), instance.privateIp);
  add(l10n.t('Public IP'), instance.publicIp);
  add(l10n.t('Where'), `${instance.accountId} · ${instance.region}`);
  add(l10n.t('Tags'), tagsText(l10n, instance));
  const { reaching } = reachReport(context.flows, instance);
  add(
    l10n.t('Reached by'),
    reaching.length === 0
      ? l10n.t('no flow of your settings')
      : reaching.map(({ target }) => target.label).join(', '),
  );
  const lastUse = context.marks.lastUse(instanceKey(instance));
  if (lastUse) {
    const kind = lastUse.kind === 'shell' ? l10n.t('shell') : l10n.t('port forward');
    add(l10n.t('Last session'), `${kind}, ${momentText(lastUse.at)}`);
  }
  return { title: instanceLabel(instance), facts, notes: whyNotes(l10n, instance, reachable) };
}

function agentFacts(
  l10n: Localizer,
  { ssm, state }: Instance,
  reachable: Connectability,
  now: number,
): (readonly [string, string | undefined])[] {
  if (!ssm) {
    const isAsked = reachable.kind === 'ssm-unknown' || reachable.kind === 'signed-out';
    return [[l10n.t('Ping'), isAsked && state !== 'stopped' ? l10n.t('not known') : undefined]];
  }
  const age = ssm.lastPingAt === undefined ? undefined : ageText(l10n, now - ssm.lastPingAt);
  const ping =
    ssm.lastPingAt === undefined || age === undefined
      ? l10n.t('{0}, when is not known', ssm.pingStatus)
      : ssm.pingStatus === 'Online'
        ? l10n.t('{0}, {1} ago', ssm.pingStatus, age)
        : l10n.t('{0}, last at {1}, {2} ago', ssm.pingStatus, momentText(ssm.lastPingAt), age);
  return [
    [l10n.t('Ping'), ping],
    [l10n.t('Agent'), ssm.agentVersion ?? l10n.t('not known')],
    [l10n.t('Platform'), ssm.platformName ?? ssm.platformType],
  ];
}

function tagsText(l10n: Localizer, instance: Instance): string {
  // Systems Manager lists machines outside EC2 without their tags.
  if (isOutsideEc2(instance)) return l10n.t('not known');
  const tags = Object.entries(instance.tags).filter(([key]) => key !== 'Name');
  return tags.map(([key, value]) => `${key}=${value}`).join(', ');
}
