import type { Grant } from '../../../access/grant';
import { instanceLabel, type Instance } from '../../../access/instance';
import { forwardsPorts, isRequestOver, type AccessRequest } from '../../../access/request';
import { reviewState, type ReviewItem } from '../../../access/reviewItem';
import type { Fact, FollowView, PanelAction } from '../../../shared/requestPanel';
import { boundText } from '../access/accessTreeModel';
import { forwardToText } from '../sessions/forwardAddress';
import type { Localizer } from '../localizer';
import { standingOf } from './requestStanding';
import { brokerName, timeline } from './requestTimeline';
import { spanText, timeOfDay } from '../timeText';

export interface FollowState {
  readonly request: AccessRequest;
  readonly grant?: Grant | undefined;
  /** What the request was made for, when it is still known. */
  readonly instance?: Instance | undefined;
  /** What an emergency leaves behind. */
  readonly review?: ReviewItem | undefined;
  /** Whether the request can still be taken back. */
  readonly canCancel: boolean;
  /** Milliseconds before the end at which it is nearly over: the first warning. */
  readonly warnBeforeMs: number;
}

/** The page after sending: the form folded into facts, where it stands, and what may be done now. */
export function requestFollowView(l10n: Localizer, state: FollowState): FollowView {
  const { request, grant, warnBeforeMs } = state;
  const countdown =
    grant?.phase === 'active' && grant.effectiveEndsAt !== undefined
      ? {
          endsAt: grant.effectiveEndsAt,
          label: l10n.t('left'),
          note: endNote(l10n, grant, grant.effectiveEndsAt),
          soonAt: grant.effectiveEndsAt - warnBeforeMs,
        }
      : undefined;
  const remark = remarkText(l10n, state);
  return {
    kind: 'follow',
    ...(request.breakGlass ? { alarm: alarmText(l10n, state) } : {}),
    facts: facts(l10n, state),
    ...standingOf(l10n, state),
    ...(countdown ? { countdown } : {}),
    steps: timeline(l10n, request, grant),
    actions: actions(l10n, state),
    ...(remark ? { remark } : {}),
    labels: {
      timeline: l10n.t('Progress'),
      summary: l10n.t('What was asked'),
      next: isOver(state) ? l10n.t('What to do next:') : l10n.t('What comes next:'),
      seconds: l10n.t('{0} s', '{0}'),
      minutes: l10n.t('{0} min {1} s', '{0}', '{1}'),
    },
  };
}

function isOver({ request, grant }: FollowState): boolean {
  return grant ? grant.phase === 'ended' : isRequestOver(request.phase) || request.phase === 'other';
}

function facts(l10n: Localizer, { request, instance }: FollowState): Fact[] {
  const list: Fact[] = [
    { label: l10n.t('Flow'), value: request.flowLabel },
    { label: l10n.t('Target'), value: request.target.label },
  ];
  const { reason } = request.draft.values;
  if (typeof reason === 'string') list.push({ label: l10n.t('Reason'), value: reason });
  if (request.durationSeconds)
    list.push({ label: l10n.t('How long'), value: spanText(l10n, request.durationSeconds) });
  if (request.extensionOf)
    list.push({ label: l10n.t('Extends'), value: l10n.t('the access you had when you asked') });
  const wish = wishText(l10n, request, instance);
  if (wish) list.push({ label: l10n.t('When active'), value: wish });
  list.push({
    label: l10n.t('Request id'),
    value: request.id,
    copy: { id: 'copyRequestId', label: l10n.t('Copy request id for support'), icon: 'copy', primary: false },
  });
  return list;
}

function wishText(
  l10n: Localizer,
  { whenActive, forward }: AccessRequest,
  instance: Instance | undefined,
): string | undefined {
  const name = instance ? instanceLabel(instance) : l10n.t('the instance');
  if (whenActive === 'openShell') return l10n.t('a shell on {0} opens by itself', name);
  if (whenActive !== 'forwardPort' || !forward) return undefined;
  const to = forwardToText(forward);
  return forward.localPort === 0
    ? l10n.t('{0} is forwarded through {1} by itself', to, name)
    : l10n.t('{0} is forwarded through {1} to port {2} by itself', to, name, String(forward.localPort));
}

function endNote(l10n: Localizer, grant: Grant, endsAt: number): string {
  const time = timeOfDay(endsAt);
  if (grant.earliestEndsAt !== undefined) return l10n.t('Ends at {0} at the latest.', time);
  return grant.boundBy === undefined || grant.boundBy === 'grant'
    ? l10n.t('Ends at {0}.', time)
    : l10n.t('Ends at {0}, bound by {1}.', time, boundText(l10n, grant.boundBy));
}

function alarmText(l10n: Localizer, { review }: FollowState): string {
  const state = review && reviewState(review);
  if (state === 'due') return l10n.t('Break-glass access: its review is due');
  if (state === 'closed') return l10n.t('Break-glass access: reviewed');
  return l10n.t('Break-glass access: it will be reviewed');
}

function remarkText(l10n: Localizer, { request, grant, canCancel }: FollowState): string | undefined {
  const isOpen = request.phase === 'submitted' || request.phase === 'pending';
  if (grant || !isOpen || canCancel) return undefined;
  return l10n.t(
    '{0} has no way to take a request back. If you no longer need it, tell the approvers, or give it back once it is approved.',
    brokerName(l10n, request),
  );
}

function actions(l10n: Localizer, state: FollowState): PanelAction[] {
  const { request, grant, instance, review, canCancel } = state;
  const action = (id: PanelAction['id'], label: string, icon: string, primary = false): PanelAction => ({
    id,
    label,
    icon,
    primary,
  });
  if (grant?.phase === 'active') {
    return [
      action('connect', instance ? l10n.t('Open shell') : l10n.t('Connect…'), 'terminal', true),
      ...(forwardsPorts(request) ? [action('forward', l10n.t('Forward port…'), 'arrow-swap')] : []),
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
  if (!grant && request.phase === 'other') {
    return [
      action('copyMessage', l10n.t('Copy message for approver'), 'copy', true),
      action('requestAgain', l10n.t('Request again'), 'refresh'),
      action('showLog', l10n.t('Show log'), 'output'),
    ];
  }
  if (isOver(state)) {
    const isDue = review !== undefined && reviewState(review) === 'due';
    return [
      ...(isDue ? [action('review', l10n.t('Complete review…'), 'checklist', true)] : []),
      action('requestAgain', l10n.t('Request again'), 'refresh', !isDue),
      action('showLog', l10n.t('Show log'), 'output'),
    ];
  }
  return [
    ...(request.problem?.code === 'broker-signed-out'
      ? [action('setSymToken', l10n.t('Sign in to Sym…'), 'key', true)]
      : []),
    ...(request.problem?.code === 'signed-out' ? [action('signIn', l10n.t('Sign in'), 'sign-in', true)] : []),
    ...(request.brokerRef ? [action('copyMessage', l10n.t('Copy message for approver'), 'copy')] : []),
    ...(canCancel ? [action('cancel', l10n.t('Cancel request'), 'close')] : []),
  ];
}
