import type { Grant } from '../../access/grant';
import type { Instance } from '../../access/instance';
import { isRequestOver, type AccessRequest, type RequestPhase } from '../../access/request';
import type { FollowView, PanelAction, TimelineStep } from '../../shared/requestPanel';
import { boundText, endReasonText } from './accessTreeModel';
import type { Localizer } from './localizer';
import { spanText, timeOfDay, timeOfDayWithSeconds } from './timeText';

export interface FollowState {
  readonly request: AccessRequest;
  readonly grant?: Grant | undefined;
  /** What the request was made for, when it is still known. */
  readonly instance?: Instance | undefined;
}

/** The page after sending: the form folded into facts, where it stands, and what may be done now. */
export function requestFollowView(l10n: Localizer, state: FollowState): FollowView {
  const { request, grant } = state;
  const countdown =
    grant?.phase === 'active' && grant.effectiveEndsAt !== undefined
      ? {
          endsAt: grant.effectiveEndsAt,
          label: l10n.t('left'),
          note: endNote(l10n, grant, grant.effectiveEndsAt),
        }
      : undefined;
  return {
    kind: 'follow',
    facts: facts(l10n, request),
    ...headline(l10n, request, grant),
    ...(countdown ? { countdown } : {}),
    steps: timeline(l10n, request, grant),
    actions: actions(l10n, state),
    labels: { timeline: l10n.t('Progress'), summary: l10n.t('What was asked') },
  };
}

function facts(l10n: Localizer, request: AccessRequest): (readonly [string, string])[] {
  const list: (readonly [string, string])[] = [
    [l10n.t('Flow'), request.flowLabel],
    [l10n.t('Target'), request.target.label],
  ];
  const { reason } = request.draft.values;
  if (typeof reason === 'string') list.push([l10n.t('Reason'), reason]);
  if (request.durationSeconds) list.push([l10n.t('How long'), spanText(l10n, request.durationSeconds)]);
  list.push([l10n.t('Request'), request.id]);
  return list;
}

function endNote(l10n: Localizer, grant: Grant, endsAt: number): string {
  const time = timeOfDay(endsAt);
  if (grant.earliestEndsAt !== undefined) return l10n.t('Ends at {0} at the latest.', time);
  return grant.boundBy === undefined || grant.boundBy === 'grant'
    ? l10n.t('Ends at {0}.', time)
    : l10n.t('Ends at {0}, bound by {1}.', time, boundText(l10n, grant.boundBy));
}

function headline(
  l10n: Localizer,
  request: AccessRequest,
  grant: Grant | undefined,
): Pick<FollowView, 'headline' | 'tone' | 'detail'> {
  const { label } = request.target;
  if (grant) {
    switch (grant.phase) {
      case 'provisioning':
        return {
          headline: l10n.t('Approved. AWS is setting it up.'),
          tone: 'waiting',
          detail: l10n.t('Usually under a minute. Your time starts when it is usable.'),
        };
      case 'active':
        return { headline: l10n.t('{0} is active', label), tone: 'active' };
      case 'ending':
        return { headline: l10n.t('Giving {0} back…', label), tone: 'waiting' };
      case 'ended':
        return {
          headline: l10n.t('{0} ended at {1}', label, timeOfDay(grant.endedAt ?? 0)),
          tone: grant.endReason === 'provisioning-failed' ? 'bad' : 'over',
          detail: l10n.t('Why: {0}. Sessions under it were ended too.', endReasonText(l10n, grant)),
        };
    }
  }
  const message = request.steps.at(-1)?.message;
  const withDetail = (fallback?: string) => {
    const detail = message ?? fallback;
    return detail ? { detail } : {};
  };
  switch (request.phase) {
    case 'submitting':
      return { headline: l10n.t('Sending your request…'), tone: 'waiting' };
    case 'submitted':
    case 'pending':
      return {
        headline: l10n.t('Waiting for approval'),
        tone: 'waiting',
        ...(request.problem
          ? { detail: l10n.t('It cannot be followed right now ({0}). Trying on.', request.problem.message) }
          : request.approvers
            ? {
                detail: l10n.t(
                  'Approvers in {0} were asked. You may close this page; you will be told.',
                  request.approvers,
                ),
              }
            : {}),
      };
    case 'approved':
      return { headline: l10n.t('Approved'), tone: 'waiting' };
    case 'denied':
      return {
        headline: l10n.t('Denied'),
        tone: 'bad',
        ...withDetail(l10n.t('The approver gave no reason.')),
      };
    case 'expired':
      return {
        headline: l10n.t('Nobody approved in time'),
        tone: 'bad',
        ...withDetail(l10n.t('Ask again, and tell an approver.')),
      };
    case 'cancelled':
      return { headline: l10n.t('Cancelled'), tone: 'over', ...withDetail() };
    case 'failed':
      return { headline: l10n.t('Refused by a rule of the flow, or failed'), tone: 'bad', ...withDetail() };
    case 'other':
      return {
        headline: l10n.t('Sym reports “{0}”', request.rawStatus ?? '?'),
        tone: 'waiting',
        detail: l10n.t(
          'This extension does not know that status, so it does not act on it. It keeps following.',
        ),
      };
  }
}

type StepKey = 'asked' | 'waiting' | 'approved' | 'setup' | 'active';

/** The five steps of a good course; a bad end takes the place of the step it happened in. */
function timeline(l10n: Localizer, request: AccessRequest, grant: Grant | undefined): TimelineStep[] {
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
    return [
      ...steps.slice(0, 2).map(step => withState(l10n, step, 'done')),
      {
        state: 'bad',
        stateWord: stateWord(l10n, 'bad'),
        label: badLabel(l10n, request.phase),
        ...(last ? { at: timeOfDayWithSeconds(last.at) } : {}),
        ...(last?.message ? { detail: last.message } : {}),
      },
    ];
  }
  if (request.phase === 'other' && !grant) {
    return steps.map((step, index) => (index === 1 ? withState(l10n, step, 'unknown') : step));
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
  if (key === 'asked') return request.brokerRef ? l10n.t('run {0}', request.brokerRef.runId) : undefined;
  if (key === 'setup' && isCurrent && grant && grant.attempts > 0) {
    return l10n.t('asked AWS {0} times, not usable yet', grant.attempts);
  }
  if (key === 'approved') return request.steps.find(step => step.phase === 'approved')?.message;
  return undefined;
}

function badLabel(l10n: Localizer, phase: RequestPhase): string {
  switch (phase) {
    case 'denied':
      return l10n.t('Denied');
    case 'expired':
      return l10n.t('Expired');
    case 'cancelled':
      return l10n.t('Cancelled');
    default:
      return l10n.t('Refused or failed');
  }
}

function actions(l10n: Localizer, { request, grant, instance }: FollowState): PanelAction[] {
  const action = (id: PanelAction['id'], label: string, icon: string, primary = false): PanelAction => ({
    id,
    label,
    icon,
    primary,
  });
  if (grant?.phase === 'active') {
    return [
      action('connect', instance ? l10n.t('Open shell') : l10n.t('Connect…'), 'terminal', true),
      action('forward', l10n.t('Forward port…'), 'arrow-swap'),
      action('extend', l10n.t('Extend…'), 'add'),
      action('giveBack', l10n.t('Give back'), 'discard'),
    ];
  }
  if (grant?.phase === 'provisioning') {
    const list = [action('giveBack', l10n.t('Give back'), 'discard')];
    return grant.lastProblemCode === 'signed-out'
      ? [action('signIn', l10n.t('Sign in'), 'sign-in', true), ...list]
      : list;
  }
  if (grant?.phase === 'ending') return [];
  if (grant || isRequestOver(request.phase)) {
    return [
      action('requestAgain', l10n.t('Request again'), 'refresh', true),
      action('showLog', l10n.t('Show log'), 'output'),
    ];
  }
  const list = [action('copyMessage', l10n.t('Copy message for approver'), 'copy')];
  return request.problem?.code === 'broker-signed-out'
    ? [action('setSymToken', l10n.t('Sign in to Sym…'), 'key', true), ...list]
    : list;
}
