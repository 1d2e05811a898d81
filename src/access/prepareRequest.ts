import { AppError } from '../base/errors';
import { findFlowTarget, type Flow, type FlowTarget } from './flow';
import type { SubmitContext } from './ledgerPorts';
import type { AccessRequest, RequestDraft } from './request';
import { validateForm } from './requestForm';

/** Checks a draft against the flows and makes the request out of it. Throws `request-invalid`; details: field → message. */
export function prepareRequest(
  draft: RequestDraft,
  context: SubmitContext,
  from: {
    readonly flows: readonly Flow[];
    readonly id: string;
    readonly now: number;
    /** The request that `context.extensionOf` names, when it is known still. */
    readonly prolonged: AccessRequest | undefined;
  },
): { readonly request: AccessRequest; readonly found: FlowTarget } {
  const found = findFlowTarget(from.flows, draft.flowId, draft.targetId);
  if (!found) {
    const message = `Nothing to ask for under flow "${draft.flowId}" and target "${draft.targetId}"`;
    throw new AppError('request-invalid', message, { details: { target: message } });
  }
  const { flow, target } = found;
  const form = validateForm(flow, draft.targetId, draft.values);
  if (!form.ok) {
    const details = Object.fromEntries(form.problems.map(({ field, message }) => [field, message]));
    throw new AppError('request-invalid', Object.values(details).join('; '), { details });
  }
  const { prolonged } = from;
  const key = context.instanceKey ?? prolonged?.instanceKey;
  if (prolonged && (prolonged.flowId !== flow.id || prolonged.targetId !== target.id)) {
    throw new AppError(
      'request-invalid',
      'An extension asks for the same flow and target as what it extends',
    );
  }
  const request: AccessRequest = {
    id: from.id,
    broker: flow.broker,
    flowId: flow.id,
    flowLabel: flow.label,
    targetId: target.id,
    target,
    draft: form.draft,
    whenActive: context.whenActive,
    ...(context.forward === undefined ? {} : { forward: context.forward }),
    phase: 'submitting',
    steps: [{ phase: 'submitting', at: from.now }],
    requestedAt: from.now,
    ...(flow.breakGlass ? { breakGlass: true } : {}),
    ...(flow.approvers === undefined ? {} : { approvers: flow.approvers }),
    ...(key === undefined ? {} : { instanceKey: key }),
    ...(form.durationSeconds === undefined ? {} : { durationSeconds: form.durationSeconds }),
    ...(prolonged ? { extensionOf: prolonged.id } : {}),
  };
  return { request, found };
}
