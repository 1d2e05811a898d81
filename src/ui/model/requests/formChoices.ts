import type { AccessTarget, Flow } from '../../../access/flow';
import type { Grant } from '../../../access/grant';
import { instanceLabel, type Instance } from '../../../access/instance';
import { overlappingGrant, reachReport, type ReachObstacle } from '../../../access/reach';
import { isRequestOver, type AccessRequest } from '../../../access/request';
import type { FormChoice, FormView, Notice, PanelAction, Unreachable } from '../../../shared/requestPanel';
import { conditionText, obstacleText } from '../accessDeniedText';
import type { Localizer } from '../localizer';
import { remainingText } from '../timeText';

export interface ChoiceState {
  readonly flows: readonly Flow[];
  readonly requests: readonly AccessRequest[];
  readonly grants: readonly Grant[];
  readonly instance?: Instance | undefined;
  /** The only thing to choose, where a grant is prolonged. */
  readonly only?: { readonly flowId: string; readonly targetId: string } | undefined;
  /** Whether Sym can be asked. */
  readonly broker: 'ready' | 'noUrl' | 'noToken';
  readonly now: number;
}

/** What may be asked for; what reaches the instance, if one is meant, and if nothing does, what would. */
export function formChoices(
  l10n: Localizer,
  state: ChoiceState,
): Pick<FormView, 'choices' | 'others' | 'unreachable'> {
  const { instance, only, flows } = state;
  const isWanted = (flow: Flow, target: AccessTarget) =>
    !only || (flow.id === only.flowId && target.id === only.targetId);
  if (!instance || only) {
    const choices = flows.flatMap(flow =>
      flow.targets
        .filter(target => isWanted(flow, target))
        .map(target => formChoice(l10n, flow, target, state)),
    );
    return { choices, others: [] };
  }
  const { reaching, failing } = reachReport(flows, instance);
  const others = failing.map(({ flow, target, obstacle }) => ({
    label: choiceLabel(l10n, flow, target),
    text: reachText(l10n, target, instance, obstacle),
  }));
  if (reaching.length > 0) {
    return { choices: reaching.map(({ flow, target }) => formChoice(l10n, flow, target, state)), others };
  }
  // A target of another account can never lead there; tags may have been changed since they were written down.
  const near = failing.filter(({ obstacle }) => obstacle.kind === 'tag');
  return {
    choices: near.map(({ flow, target, obstacle }) => formChoice(l10n, flow, target, state, obstacle)),
    others,
    ...(flows.length > 0 ? { unreachable: unreachable(l10n, state, instance, others, near) } : {}),
  };
}

function formChoice(
  l10n: Localizer,
  flow: Flow,
  target: AccessTarget,
  state: ChoiceState,
  obstacle?: ReachObstacle,
): FormChoice {
  const { instance } = state;
  const overlap = state.only ? undefined : overlapNotice(l10n, flow, target, state);
  const blocked = blockedNotice(l10n, flow, state);
  return {
    flowId: flow.id,
    flowLabel: flow.label,
    targetId: target.id,
    targetLabel: target.label,
    ...(instance
      ? {
          reach: obstacle
            ? { ok: false, text: reachText(l10n, target, instance, obstacle) }
            : { ok: true, text: l10n.t('reaches this instance') },
        }
      : {}),
    ...(flow.breakGlass ? { breakGlass: breakGlass(l10n, target) } : {}),
    ...(flow.approvers ? { asks: l10n.t('Asks the approvers in {0}.', flow.approvers) } : {}),
    ...(overlap ? { overlap } : {}),
    ...(blocked ? { blocked } : {}),
    forwards: flow.broker !== 'aws',
    timed: flow.fields.some(field => field.name === 'duration'),
  };
}

function choiceLabel(l10n: Localizer, flow: Flow, target: AccessTarget): string {
  return l10n.t('{0} ({1})', target.label, flow.label);
}

function reachText(
  l10n: Localizer,
  target: AccessTarget,
  instance: Instance,
  obstacle: ReachObstacle,
): string {
  return l10n.t(
    'does not reach it: it covers {0}; {1}',
    obstacle.kind === 'account' ? l10n.t('account {0}', target.accountId) : conditionText(l10n, target),
    obstacleText(l10n, instance, obstacle),
  );
}

function unreachable(
  l10n: Localizer,
  { flows }: ChoiceState,
  instance: Instance,
  failing: Unreachable['failing'],
  near: readonly { readonly target: AccessTarget }[],
): Unreachable {
  const name = instanceLabel(instance);
  const keys = new Set(
    flows.flatMap(flow =>
      flow.targets
        .filter(target => target.accountId === instance.accountId)
        .flatMap(target => Object.keys(target.instanceTags)),
    ),
  );
  const tags = [...keys].flatMap(key =>
    Object.hasOwn(instance.tags, key) ? [`${key}=${instance.tags[key] ?? ''}`] : [],
  );
  const would = [
    tags.length > 0
      ? l10n.t(
          'A target of account {0} for {1}. Whoever keeps your flows can add it.',
          instance.accountId,
          tags.join(l10n.t(' and ')),
        )
      : l10n.t(
          'A target of account {0} without a condition on tags. Whoever keeps your flows can add it.',
          instance.accountId,
        ),
    ...near
      .slice(0, 2)
      .map(({ target }) =>
        l10n.t(
          '{0}, if {1} were tagged {2}. Whoever keeps the instance can tag it.',
          target.label,
          name,
          conditionText(l10n, target),
        ),
      ),
  ];
  return {
    text: l10n.t('Nothing in your settings reaches {0}. Nobody has been asked.', name),
    failing,
    would,
    actions: [openSettings(l10n)],
  };
}

function breakGlass(l10n: Localizer, target: AccessTarget): NonNullable<FormChoice['breakGlass']> {
  return {
    title: l10n.t('Break-glass access'),
    text: l10n.t(
      'For emergencies only, when the usual way would take too long. It is marked as an emergency wherever it shows, and once it has ended you write down what was done.',
    ),
    confirmLabel: l10n.t('Type {0} to confirm', target.label),
    confirmHint: l10n.t('So that nobody breaks the glass by accident.'),
  };
}

/** What must be there first, so that nobody writes a request that cannot be sent. */
function blockedNotice(
  l10n: Localizer,
  { broker: asked }: Flow,
  { broker, instance, only }: ChoiceState,
): Notice | undefined {
  const notice = (text: string, id: PanelAction['id'], label: string, icon: string): Notice => ({
    level: 'warning',
    text,
    actions: [{ id, label, icon, primary: true }],
  });
  if (asked === 'aws') {
    if (instance || only) return undefined;
    return notice(
      l10n.t('AWS node access is asked for one instance at a time. Choose the instance first.'),
      'chooseInstance',
      l10n.t('Choose instance…'),
      'vm',
    );
  }
  switch (broker) {
    case 'ready':
      return undefined;
    case 'noUrl':
      return notice(
        l10n.t('No Sym API URL is set, so the request cannot be sent yet.'),
        'setSymUrl',
        l10n.t('Set Sym API URL'),
        'gear',
      );
    case 'noToken':
      return notice(
        l10n.t('Sym does not know you yet: there is no token.'),
        'setSymToken',
        l10n.t('Sign in to Sym…'),
        'key',
      );
  }
}

function overlapNotice(
  l10n: Localizer,
  flow: Flow,
  target: AccessTarget,
  { grants, requests, instance, now }: ChoiceState,
): Notice | undefined {
  const show: PanelAction = { id: 'showOverlap', label: l10n.t('Show it'), icon: 'eye', primary: false };
  const grant = overlappingGrant(grants, flow.id, target.id, instance);
  if (!grant) {
    const open = openRequest(requests, grants, flow, target);
    if (!open) return undefined;
    return {
      level: 'info',
      text: l10n.t('You have asked for {0} already; that request waits for an answer.', target.label),
      actions: [show],
    };
  }
  if (grant.phase === 'provisioning') {
    return {
      level: 'info',
      text: l10n.t('{0} is approved already and being set up.', target.label),
      actions: [show],
    };
  }
  const extend: PanelAction = {
    id: 'extendOverlap',
    label: l10n.t('Extend instead'),
    icon: 'add',
    primary: false,
  };
  return {
    level: 'info',
    text:
      grant.effectiveEndsAt === undefined
        ? l10n.t('You have {0} already.', target.label)
        : l10n.t(
            'You have {0} already, {1} left.',
            target.label,
            remainingText(l10n, grant.effectiveEndsAt - now),
          ),
    actions: [extend, show],
  };
}

/** The open request for the same target that no grant has come of yet. */
export function openRequest(
  requests: readonly AccessRequest[],
  grants: readonly Grant[],
  flow: { readonly id: string },
  target: { readonly id: string },
): AccessRequest | undefined {
  return requests.find(
    request =>
      request.flowId === flow.id &&
      request.targetId === target.id &&
      !isRequestOver(request.phase) &&
      request.phase !== 'other' &&
      !grants.some(grant => grant.requestId === request.id),
  );
}

export function openSettings(l10n: Localizer): PanelAction {
  return { id: 'openSettings', label: l10n.t('Open settings'), icon: 'gear', primary: false };
}
