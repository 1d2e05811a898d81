import type { Flow } from '../../../access/flow';
import type { RequestDraft, WantedForward, WhenActive } from '../../../access/request';
import { typedValues, validateForm } from '../../../access/requestForm';
import type { FormContent } from '../../../access/requestMemory';
import type { Draft } from '../../../shared/requestPanel';
import { parseForwardTo, parseLocalPort } from '../sessions/forwardAddress';
import { problemText, startValues } from './formFields';
import type { Localizer } from '../localizer';

export type Submission =
  | {
      readonly ok: true;
      readonly draft: RequestDraft;
      readonly whenActive: WhenActive;
      readonly forward?: WantedForward;
      /** As it will be remembered: without what was not asked. */
      readonly content: FormContent;
    }
  /** Field name (or `target`, `forward`, `localPort`, `confirmation`) to what is wrong with it. */
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** Reads a form that is to be sent, or says of each answer what is wrong with it. */
export function readSubmission(
  l10n: Localizer,
  flows: readonly Flow[],
  form: { readonly draft: Draft; readonly confirmation: string },
  /** Whether an instance is meant, so that something can be opened on activation. */
  hasInstance: boolean,
): Submission {
  const { draft, confirmation } = form;
  const flow = flows.find(candidate => candidate.id === draft.flowId);
  const target = flow?.targets.find(candidate => candidate.id === draft.targetId);
  if (!flow || !target) {
    return { ok: false, problems: { target: l10n.t('Your settings no longer have this target.') } };
  }
  const problems: Record<string, string> = {};
  const read = validateForm(flow, draft.targetId, { ...startValues(flow), ...draft.values });
  if (!read.ok) {
    for (const problem of read.problems) problems[problem.field] = problemText(l10n, flow, problem);
  }
  const wish = readWish(l10n, draft, hasInstance && flow.broker !== 'aws', hasInstance, problems);
  if (flow.breakGlass && !isConfirmed(confirmation, target.label)) {
    problems['confirmation'] = l10n.t('Type {0}, exactly as it is written here.', target.label);
  }
  if (!read.ok || Object.keys(problems).length > 0) return { ok: false, problems };
  return {
    ok: true,
    draft: read.draft,
    ...wish,
    content: {
      flowId: draft.flowId,
      targetId: draft.targetId,
      values: typedValues(flow.fields, read.draft.values),
      whenActive: wish.whenActive,
      forward: draft.forward.trim(),
      localPort: draft.localPort.trim(),
    },
  };
}

function readWish(
  l10n: Localizer,
  { whenActive, forward, localPort }: Draft,
  canForward: boolean,
  canOpen: boolean,
  problems: Record<string, string>,
): { readonly whenActive: WhenActive; readonly forward?: WantedForward } {
  if (!canOpen || (whenActive === 'forwardPort' && !canForward)) return { whenActive: 'nothing' };
  if (whenActive !== 'forwardPort') return { whenActive };
  const to = parseForwardTo(l10n, forward);
  const from = parseLocalPort(l10n, localPort);
  if (!to.ok) problems['forward'] = to.message;
  if (!from.ok) problems['localPort'] = from.message;
  return to.ok && from.ok
    ? { whenActive, forward: { ...to.value, localPort: from.value } }
    : { whenActive: 'nothing' };
}

function isConfirmed(typed: string, label: string): boolean {
  return typed.trim().replaceAll(/\s+/g, ' ') === label.trim().replaceAll(/\s+/g, ' ');
}
