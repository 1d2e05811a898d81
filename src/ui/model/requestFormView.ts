import { parseDuration } from '../../access/duration';
import type { Flow, PromptField } from '../../access/flow';
import type { Grant } from '../../access/grant';
import type { Instance } from '../../access/instance';
import { overlappingGrant, reachObstacle } from '../../access/reach';
import { REASON_LENGTH } from '../../access/requestForm';
import type { FormChoice, FormField, FormView, PanelAction } from '../../shared/requestPanel';
import { conditionText, obstacleText } from './accessDeniedText';
import type { Localizer } from './localizer';
import { remainingText, spanText } from './timeText';

export interface FormState {
  readonly flows: readonly Flow[];
  readonly grants: readonly Grant[];
  readonly instance?: Instance | undefined;
  /** What to start with, when the way here said so. */
  readonly preset?: { readonly flowId: string; readonly targetId: string } | undefined;
  /** Whether this is about prolonging a grant that is there. */
  readonly extending?: boolean;
  readonly broker: 'ready' | 'noUrl' | 'noToken';
  readonly now: number;
}

/** The form before anything is sent: what may be asked for, what reaches the instance, and the flow's own questions. */
export function requestFormView(l10n: Localizer, state: FormState): FormView {
  const choices = state.flows
    .flatMap(flow => flow.targets.map(target => choice(l10n, flow, target, state)))
    .sort((a, b) => Number(b.reach?.ok ?? false) - Number(a.reach?.ok ?? false));
  const preset =
    state.preset &&
    choices.find(
      ({ flowId, targetId }) => flowId === state.preset?.flowId && targetId === state.preset.targetId,
    );
  const initial = preset ?? choices.find(({ reach }) => reach?.ok) ?? choices[0];
  const notice = formNotice(l10n, state, choices);
  return {
    kind: 'form',
    ...(notice ? { notice } : {}),
    choices,
    fields: Object.fromEntries(
      state.flows.map(flow => [
        flow.id,
        flow.fields.filter(field => field.visible).map(field => formField(l10n, field)),
      ]),
    ),
    initial: initial && { flowId: initial.flowId, targetId: initial.targetId },
    canOpenShell: state.instance !== undefined,
    labels: {
      flow: l10n.t('Flow'),
      target: l10n.t('Target'),
      submit: state.extending ? l10n.t('Request more time') : l10n.t('Request access'),
      sending: l10n.t('Sending…'),
      openShell: l10n.t('Open a shell when it becomes active'),
      required: l10n.t('This needs an answer.'),
      countsFrom: l10n.t('The time counts from activation, not from now.'),
    },
  };
}

function choice(l10n: Localizer, flow: Flow, target: Flow['targets'][number], state: FormState): FormChoice {
  const { instance } = state;
  const obstacle = instance && reachObstacle(target, instance);
  const reach = instance && {
    ok: obstacle === undefined,
    text: obstacle
      ? l10n.t(
          'does not reach it: it covers {0}; {1}',
          obstacle.kind === 'account' ? l10n.t('account {0}', target.accountId) : conditionText(l10n, target),
          obstacleText(l10n, instance, obstacle),
        )
      : l10n.t('reaches this instance'),
  };
  const overlap = overlappingGrant(state.grants, flow.id, target.id);
  return {
    flowId: flow.id,
    flowLabel: flow.label,
    targetId: target.id,
    targetLabel: target.label,
    ...(reach ? { reach } : {}),
    ...(flow.breakGlass ? { breakGlassText: l10n.t('For emergencies only. Its use is reviewed.') } : {}),
    ...(flow.approvers ? { asks: l10n.t('Asks the approvers in {0}.', flow.approvers) } : {}),
    ...(overlap ? { overlap: overlapNotice(l10n, overlap, state.now) } : {}),
  };
}

function overlapNotice(l10n: Localizer, grant: Grant, now: number): NonNullable<FormChoice['overlap']> {
  const left = grant.effectiveEndsAt === undefined ? undefined : grant.effectiveEndsAt - now;
  return {
    text:
      grant.phase === 'provisioning'
        ? l10n.t('{0} is approved already and being set up.', grant.target.label)
        : left === undefined
          ? l10n.t('{0} is active already.', grant.target.label)
          : l10n.t(
              '{0} is active already, {1} left. A new request prolongs it.',
              grant.target.label,
              remainingText(l10n, left),
            ),
    action: { id: 'showOverlap', label: l10n.t('Show it'), icon: 'eye', primary: false },
  };
}

function formNotice(l10n: Localizer, state: FormState, choices: readonly FormChoice[]): FormView['notice'] {
  const settings: PanelAction = {
    id: 'openSettings',
    label: l10n.t('Open settings'),
    icon: 'gear',
    primary: false,
  };
  if (choices.length === 0) {
    return {
      level: 'error',
      text: l10n.t('No access flow is set up. A flow says what may be asked for and of whom.'),
      action: settings,
    };
  }
  if (state.broker === 'noUrl') {
    return {
      level: 'error',
      text: l10n.t('No Sym API URL is set, so the request cannot be sent yet.'),
      action: { id: 'setSymUrl', label: l10n.t('Set Sym API URL'), icon: 'gear', primary: false },
    };
  }
  if (state.broker === 'noToken') {
    return {
      level: 'error',
      text: l10n.t('Sym does not know you yet: there is no token.'),
      action: { id: 'setSymToken', label: l10n.t('Sign in to Sym…'), icon: 'key', primary: false },
    };
  }
  if (state.instance && choices.every(({ reach }) => !reach?.ok)) {
    return {
      level: 'error',
      text: l10n.t(
        'No flow of your settings reaches this instance. Each target below says which condition fails.',
      ),
      action: settings,
    };
  }
  return undefined;
}

function formField(l10n: Localizer, field: PromptField): FormField {
  const base = {
    name: field.name,
    label: field.label,
    required: field.required,
    ...(field.required ? {} : { optionalText: l10n.t('(optional)') }),
  };
  const initial = field.default === undefined ? {} : { initial: field.default };
  if (field.allowedValues && field.allowedValues.length > 0) {
    const options = field.allowedValues.map(value => ({
      value,
      label: field.type === 'duration' ? durationLabel(l10n, value) : String(value),
    }));
    // The first duration is the form's default: flows name the shortest first, and less is safer than more.
    const first = options.length === 1 || field.type === 'duration' ? options[0] : undefined;
    return {
      ...base,
      kind: 'choice',
      options,
      ...(field.default === undefined && first ? { initial: first.value } : initial),
    };
  }
  switch (field.type) {
    case 'bool':
      return { ...base, kind: 'check', ...initial };
    case 'int':
      return { ...base, kind: 'number', ...initial };
    case 'duration':
      return { ...base, kind: 'line', hint: l10n.t('Such as 30m, 1h or 1d.'), ...initial };
    case 'slack_user_list':
    case 'str_list':
    case 'int_list':
      return { ...base, kind: 'list', hint: l10n.t('Several, separated by commas.'), ...initial };
    case 'slack_user':
      return { ...base, kind: 'line', hint: l10n.t('A Slack user or e-mail address.'), ...initial };
    case 'string':
      return field.name === 'reason'
        ? { ...base, kind: 'lines', maxLength: REASON_LENGTH.max, ...initial }
        : { ...base, kind: 'line', ...initial };
  }
}

function durationLabel(l10n: Localizer, value: string | number): string {
  const seconds = typeof value === 'number' ? value : parseDuration(value);
  return seconds === undefined ? String(value) : spanText(l10n, seconds);
}
