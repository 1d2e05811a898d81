import type { Grant } from '../../../access/grant';
import { isRefusedByRule, type AccessRequest } from '../../../access/request';
import { reviewState, type ReviewItem } from '../../../access/reviewItem';
import type { FollowView } from '../../../shared/requestPanel';
import { endReasonText } from '../access/accessTreeModel';
import type { Localizer } from '../localizer';
import { brokerName } from './requestTimeline';
import { spanText, timeOfDay } from '../timeText';

export interface StandingState {
  readonly request: AccessRequest;
  readonly grant?: Grant | undefined;
  /** What an emergency leaves behind. */
  readonly review?: ReviewItem | undefined;
}

export type Standing = Pick<FollowView, 'headline' | 'tone' | 'detail' | 'quote' | 'next'>;

/** The headline of the page: what is so now, in whose words, and what comes next. */
export function standingOf(l10n: Localizer, state: StandingState): Standing {
  return state.grant ? grantStanding(l10n, state, state.grant) : requestStanding(l10n, state.request);
}

function grantStanding(l10n: Localizer, { request, review }: StandingState, grant: Grant): Standing {
  const { label } = request.target;
  switch (grant.phase) {
    case 'provisioning': {
      if (grant.lastProblemCode === 'signed-out') {
        return {
          headline: l10n.t('Approved, but you are signed out of AWS'),
          tone: 'waiting',
          next: l10n.t('Sign in, so that AWS can hand out the role.'),
        };
      }
      return {
        headline: l10n.t('Approved. AWS is setting it up.'),
        tone: 'waiting',
        detail: l10n.t('Usually under a minute. Approved is not usable yet: AWS is asked until it is.'),
        ...(grant.attempts > 2 && grant.lastProblem ? { quote: grant.lastProblem } : {}),
        next: l10n.t('You can connect as soon as AWS hands out the role.'),
      };
    }
    case 'active':
      return { headline: l10n.t('{0} is active', label), tone: 'active' };
    case 'ending':
      return { headline: l10n.t('Giving {0} back…', label), tone: 'waiting' };
    case 'ended':
      return grant.endReason === 'provisioning-failed'
        ? notSetUpStanding(l10n, label, grant)
        : {
            headline: l10n.t('{0} ended at {1}', label, timeOfDay(grant.endedAt ?? 0)),
            tone: 'over',
            detail: l10n.t('Why: {0}. Sessions under it were ended too.', endReasonText(l10n, grant)),
            next:
              review && reviewState(review) === 'due'
                ? l10n.t('Write down what was done: the review stays in the Access view until then.')
                : l10n.t('Request again when you need it; your answers are filled in.'),
          };
  }
}

function notSetUpStanding(l10n: Localizer, label: string, grant: Grant): Standing {
  const headline = l10n.t('{0} could not be set up', label);
  if (grant.lastProblemCode === 'signed-out') {
    return {
      headline,
      tone: 'bad',
      detail: l10n.t('It was approved, but nobody was signed in to AWS before it ended.'),
      ...(grant.endMessage ? { quote: grant.endMessage } : {}),
      next: l10n.t('Sign in to AWS first, then request again; your answers are filled in.'),
    };
  }
  const quote = grant.endMessage ?? grant.lastProblem;
  return {
    headline,
    tone: 'bad',
    detail: l10n.t('It was approved, but AWS does not hand out the role.'),
    ...(quote ? { quote } : {}),
    next: l10n.t('Tell the approvers, with the request id, and request again once it is mended.'),
  };
}

function requestStanding(l10n: Localizer, request: AccessRequest): Standing {
  const message = request.steps.at(-1)?.message;
  const quote = message ? { quote: message } : {};
  switch (request.phase) {
    case 'submitting':
      return { headline: l10n.t('Sending your request…'), tone: 'waiting' };
    case 'submitted':
    case 'pending':
      if (request.problem) {
        return {
          headline: l10n.t('Waiting, but it cannot be followed right now'),
          tone: 'waiting',
          quote: request.problem.message,
          next: l10n.t('It is asked again and again; nothing you did is lost.'),
        };
      }
      return {
        headline: l10n.t('Waiting for approval'),
        tone: 'waiting',
        detail: request.approvers
          ? l10n.t(
              'Approvers in {0} were asked. You may close this page; you will be told.',
              request.approvers,
            )
          : l10n.t('The approvers were asked. You may close this page; you will be told.'),
        next: approvedNext(l10n, request),
      };
    case 'approved':
      return {
        headline: l10n.t('Approved'),
        tone: 'waiting',
        next: l10n.t('AWS sets it up, usually in under a minute. Then you can connect.'),
      };
    case 'denied':
      return {
        headline: l10n.t('Denied'),
        tone: 'bad',
        ...(message ? quote : { detail: l10n.t('The approver gave no reason.') }),
        next: l10n.t(
          'Talk to the approvers, or request again with what they miss; your answers are filled in.',
        ),
      };
    case 'expired':
      return {
        headline: l10n.t('Nobody approved in time'),
        tone: 'bad',
        ...quote,
        next: l10n.t('Request again, and tell an approver; your answers are filled in.'),
      };
    case 'cancelled':
      return {
        headline: l10n.t('Cancelled'),
        tone: 'over',
        ...quote,
        next: l10n.t('Request again when you need it; your answers are filled in.'),
      };
    case 'failed':
      return failedStanding(l10n, request, quote);
    case 'other':
      return {
        headline: l10n.t('{0} reports “{1}”', brokerName(l10n, request), request.rawStatus ?? '?'),
        tone: 'unknown',
        detail: l10n.t(
          'This extension does not know that status, so it neither counts it as an approval nor as an end. It keeps following.',
        ),
        ...quote,
        next: l10n.t('Ask the approvers what it means, with the request id.'),
      };
  }
}

function failedStanding(l10n: Localizer, request: AccessRequest, quote: { quote?: string }): Standing {
  if (isRefusedByRule(request)) {
    return {
      headline: l10n.t('Refused by a rule of the flow'),
      tone: 'bad',
      detail: l10n.t('{0} refused it before an approver saw it.', brokerName(l10n, request)),
      ...quote,
      next: l10n.t('Request again with what the rule wants; your answers are filled in.'),
    };
  }
  return {
    headline: l10n.t('The request failed'),
    tone: 'bad',
    ...quote,
    next: l10n.t(
      'Request again; your answers are filled in. If it fails again, the log and the request id help.',
    ),
  };
}

/** The broker's clock starts at its own assignment, just behind the approval; how long AWS takes to follow does not move the end. */
function approvedNext(l10n: Localizer, { durationSeconds }: AccessRequest): string {
  return durationSeconds === undefined
    ? l10n.t('Once approved, AWS sets it up, usually in under a minute. Then you can connect.')
    : l10n.t(
        'Once approved, AWS sets it up, usually in under a minute. Your {0} count from the approval, not from now.',
        spanText(l10n, durationSeconds),
      );
}
