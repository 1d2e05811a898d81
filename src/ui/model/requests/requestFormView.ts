import type { Flow } from '../../../access/flow';
import type { Grant } from '../../../access/grant';
import { instanceLabel, type Instance } from '../../../access/instance';
import type { AccessRequest } from '../../../access/request';
import { askedFields } from '../../../access/requestForm';
import type { Draft, FormLabel, FormView, Notice } from '../../../shared/requestPanel';
import { formChoices, openSettings } from './formChoices';
import { formField, startValues } from './formFields';
import { formRecall, type RecallState } from './formRecall';
import type { Localizer } from '../localizer';

export interface FormState {
  readonly flows: readonly Flow[];
  readonly requests: readonly AccessRequest[];
  readonly grants: readonly Grant[];
  readonly instance?: Instance | undefined;
  /** What to start with, when the way here said so. */
  readonly preset?: { readonly flowId: string; readonly targetId: string } | undefined;
  /** The grant that this is to prolong. */
  readonly extending?: Grant | undefined;
  readonly broker: 'ready' | 'noUrl' | 'noToken';
  /** The form as it stands, as far as it is known here. */
  readonly draft?: Draft | undefined;
  readonly start?: FormView['start'] | undefined;
  readonly recall: RecallState;
  /** Ports forwarded through the instance before, as they are typed. */
  readonly forwards: readonly string[];
  readonly now: number;
}

/** The form before anything is sent: what may be asked for, what reaches the instance, and the flow's own questions. */
export function requestFormView(l10n: Localizer, state: FormState): FormView {
  const { flows, instance, extending, start } = state;
  const { choices, others, unreachable } = formChoices(l10n, { ...state, only: extending });
  const isChoice = (wanted: { readonly flowId: string; readonly targetId: string } | undefined) =>
    wanted &&
    choices.find(({ flowId, targetId }) => flowId === wanted.flowId && targetId === wanted.targetId);
  const initial = isChoice(start?.draft) ?? isChoice(state.preset) ?? choices[0];
  const standing = state.draft ?? start?.draft;
  const flow = flows.find(({ id }) => id === (isChoice(standing) ?? initial)?.flowId);
  return {
    kind: 'form',
    ...(flows.length === 0 ? { notice: noFlows(l10n) } : {}),
    ...(unreachable ? { unreachable } : {}),
    choices,
    others,
    locked: instance !== undefined || extending !== undefined,
    fields: Object.fromEntries(
      flows.map(({ id, fields }) => [
        id,
        fields.filter(field => field.visible).map(field => formField(l10n, field)),
      ]),
    ),
    asked: flow ? askedInForm(flow, standing?.values) : [],
    initial: initial && { flowId: initial.flowId, targetId: initial.targetId },
    ...(start ? { start } : {}),
    recall: formRecall(l10n, state.recall, flows, choices),
    ...(instance && !extending
      ? { afterwards: { instance: instanceLabel(instance), forwards: state.forwards } }
      : {}),
    labels: formLabels(l10n, state),
  };
}

/** The questions that are asked now, by what was answered and what the form starts with. */
export function askedInForm(flow: Flow, values: Draft['values'] = {}): readonly string[] {
  return askedFields(flow, { ...startValues(flow), ...values });
}

function noFlows(l10n: Localizer): Notice {
  return {
    level: 'error',
    text: l10n.t('No access flow is set up. A flow says what may be asked for and of whom.'),
    actions: [openSettings(l10n)],
  };
}

function formLabels(l10n: Localizer, { extending, instance }: FormState): Record<FormLabel, string> {
  return {
    flow: l10n.t('Flow'),
    target: l10n.t('Target'),
    unlock: l10n.t('Choose another target'),
    others: l10n.t('Why not another target?'),
    submit: extending ? l10n.t('Request more time') : l10n.t('Request access'),
    submitEmergency: l10n.t('Request break-glass access'),
    sending: l10n.t('Sending…'),
    countsFrom: extending
      ? l10n.t('The time counts from the new approval, and replaces what is left.')
      : l10n.t('The time counts from approval, not from now.'),
    problems: l10n.t('Nothing was sent yet. Please look at:'),
    afterwards: instance
      ? l10n.t('When {0} can be reached', instanceLabel(instance))
      : l10n.t('When it becomes active'),
    nothing: l10n.t('Only tell me'),
    openShell: l10n.t('Open a shell'),
    forwardPort: l10n.t('Forward a port'),
    forward: l10n.t('What to forward'),
    forwardHint: l10n.t('A port of the instance, or host:port of something it can reach.'),
    localPort: l10n.t('Port on this computer'),
    localPortHint: l10n.t('Empty for any free one.'),
    recall: l10n.t('Fill in'),
    favourites: l10n.t('Favourites…'),
    saveFavourite: l10n.t('Save as favourite…'),
    reasons: l10n.t('Recent reasons'),
    undo: l10n.t('Undo'),
    undone: l10n.t('What you had typed is back.'),
    reasonFilled: l10n.t('The reason is filled in.'),
    failing: l10n.t('Which condition fails'),
    would: l10n.t('What would reach it'),
    newQuestions: l10n.t('The questions below have changed.'),
    askAnyway: l10n.t('Ask anyway…'),
  };
}
