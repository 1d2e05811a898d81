import type { Grant } from '../../../access/grant';
import {
  isRefusedByRule,
  isRequestOver,
  type AccessRequest,
  type RequestPhase,
} from '../../../access/request';
import type { TimelineStep } from '../../../shared/requestPanel';
import { endReasonText } from '../access/accessTreeModel';
import type { Localizer } from '../localizer';
import { spanText, timeOfDayWithSeconds } from '../timeText';

type StepKey = 'asked' | 'waiting' | 'approved' | 'setup' | 'active';

/** The five steps of a good course; a bad end takes the place of the step it happened in. */
export function timeline(l10n: Localizer, request: AccessRequest, grant: Grant | undefined): TimelineStep[] {
  const at = new Map<RequestPhase, number>();
  for (const step of request.steps) if (!at.has(step.phase)) at.set(step.phase, step.at);
  const bad = isRequestOver(request.phase);
  const current: StepKey | undefined = bad ? undefined : currentStep(request, grant);
  const keys: readonly StepKey[] = ['asked', 'waiting', 'approved', 'setup', 'active'];
  const currentIndex = current ? keys.indexOf(current) : 2;
  const approvedAt = at.get('approved') ?? grant?.approvedAt;
  const waitingSince = at.get('submitted') ?? at.get('pending');

  const steps = keys.map((key, index): TimelineStep => {
    const finished = grant?.phase === 'ended' ? true : index < currentIndex;
    const isCurrent = key === current && grant?.phase !== 'ended';
    const state = isCurrent ? (key === 'active' ? 'done' : 'current') : finished ? 'done' : 'todo';
    const time: Partial<Record<StepKey, number | undefined>> = {
      asked: request.requestedAt,
      waiting: waitingSince,
      approved: approvedAt,
      setup: grant?.approvedAt,
      active: grant?.activeAt,
    };
    const when = time[key];
    const label = stepLabel(l10n, key, request);
    const detail = stepDetail(l10n, key, isCurrent, request, grant);
    return {
      state,
      stateWord: stateWord(l10n, state),
      label,
      ...(when !== undefined && state !== 'todo' ? { at: timeOfDayWithSeconds(when) } : {}),
      ...(isCurrent && key !== 'active' && when !== undefined ? { since: when } : {}),
      ...(detail ? { detail } : {}),
    };
  });

  if (bad) {
    const last = request.steps.at(-1);
    // What was never taken, or never came before an approver, was never waited for.
    const happened = request.brokerRef && !isRefusedByRule(request) ? 2 : 1;
    const state = request.phase === 'cancelled' ? 'done' : 'bad';
    return [
      ...steps.slice(0, happened).map(step => withState(l10n, step, 'done')),
      {
        state,
        stateWord: stateWord(l10n, state),
        label: badLabel(l10n, request),
        ...(last ? { at: timeOfDayWithSeconds(last.at) } : {}),
        ...(last?.message ? { detail: last.message } : {}),
      },
    ];
  }
  if (request.phase === 'other' && !grant) {
    const last = request.steps.at(-1);
    return [
      ...steps.slice(0, 1),
      {
        state: 'unknown',
        stateWord: stateWord(l10n, 'unknown'),
        label: l10n.t('{0}: “{1}”', brokerName(l10n, request), request.rawStatus ?? '?'),
        ...(last ? { at: timeOfDayWithSeconds(last.at) } : {}),
        ...(last?.message ? { detail: last.message } : {}),
      },
      ...steps.slice(2),
    ];
  }
  if (grant?.phase === 'ended') {
    const failed = grant.endReason === 'provisioning-failed';
    const kept = failed ? steps.slice(0, 3) : steps;
    const state = failed ? 'bad' : 'done';
    return [
      ...kept,
      {
        state,
        stateWord: stateWord(l10n, state),
        label: l10n.t('Ended: {0}', endReasonText(l10n, grant)),
        at: timeOfDayWithSeconds(grant.endedAt ?? 0),
        ...(failed && grant.lastProblem ? { detail: grant.lastProblem } : {}),
      },
    ];
  }
  return steps;
}

function currentStep(request: AccessRequest, grant: Grant | undefined): StepKey {
  if (grant) return grant.phase === 'provisioning' ? 'setup' : 'active';
  if (request.phase === 'submitting') return 'asked';
  return request.phase === 'approved' ? 'approved' : 'waiting';
}

function withState(l10n: Localizer, step: TimelineStep, state: TimelineStep['state']): TimelineStep {
  const { since: _since, ...rest } = step;
  return { ...rest, state, stateWord: stateWord(l10n, state) };
}

function stateWord(l10n: Localizer, state: TimelineStep['state']): string {
  switch (state) {
    case 'done':
      return l10n.t('done');
    case 'current':
      return l10n.t('in progress');
    case 'todo':
      return l10n.t('to come');
    case 'bad':
      return l10n.t('failed');
    case 'unknown':
      return l10n.t('unknown');
  }
}

function stepLabel(l10n: Localizer, key: StepKey, request: AccessRequest): string {
  switch (key) {
    case 'asked':
      return l10n.t('Asked');
    case 'waiting':
      return request.approvers
        ? l10n.t('Waiting for approvers in {0}', request.approvers)
        : l10n.t('Waiting for approval');
    case 'approved':
      return l10n.t('Approved');
    case 'setup':
      return l10n.t('Being set up in AWS');
    case 'active':
      return l10n.t('Active');
  }
}

function stepDetail(
  l10n: Localizer,
  key: StepKey,
  isCurrent: boolean,
  request: AccessRequest,
  grant: Grant | undefined,
): string | undefined {
  switch (key) {
    case 'asked':
      return request.brokerRef
        ? l10n.t('you, through {0}: {1}', brokerName(l10n, request), request.brokerRef.runId)
        : l10n.t('you, through {0}', brokerName(l10n, request));
    case 'approved':
      return grant
        ? request.steps.find(step => step.phase === 'approved')?.message
        : durationDetail(l10n, request);
    case 'setup':
      if (!isCurrent) return undefined;
      if (!grant || grant.attempts === 0) return l10n.t('usually under a minute');
      return grant.attempts === 1
        ? l10n.t('asked AWS once, not usable yet')
        : l10n.t('asked AWS {0} times, not usable yet', grant.attempts);
    case 'active':
    case 'waiting':
      return undefined;
  }
}

function durationDetail(l10n: Localizer, { durationSeconds }: AccessRequest): string | undefined {
  return durationSeconds === undefined
    ? undefined
    : l10n.t('your {0} count from here', spanText(l10n, durationSeconds));
}

function badLabel(l10n: Localizer, request: AccessRequest): string {
  switch (request.phase) {
    case 'denied':
      return l10n.t('Denied');
    case 'expired':
      return l10n.t('Expired');
    case 'cancelled':
      return l10n.t('Cancelled by you');
    default:
      return isRefusedByRule(request) ? l10n.t('Refused by a rule of the flow') : l10n.t('Failed');
  }
}

/** Who is asked, by the name that people know. */
export function brokerName(l10n: Localizer, { broker }: Pick<AccessRequest, 'broker'>): string {
  return broker === 'sym' ? l10n.t('Sym') : l10n.t('AWS');
}
