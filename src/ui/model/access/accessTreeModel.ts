import type { Grant, GrantBound } from '../../../access/grant';
import {
  forwardsPorts,
  isRefusedByRule,
  isRequestOver,
  type AccessRequest,
  type FollowProblem,
} from '../../../access/request';
import type { Localizer } from '../localizer';
import type { Row } from '../row';
import { ageText, calmRemainingText, spanText, spokenRemaining, timeOfDay } from '../timeText';

export interface AccessSubject {
  readonly kind: 'access';
  readonly requestId: string;
}

/** Requests and the grants that came of them, newest first. */
export function accessRows(
  l10n: Localizer,
  state: {
    readonly requests: readonly AccessRequest[];
    readonly grants: readonly Grant[];
    /** Whether a request can still be taken back. */
    readonly canCancel: (requestId: string) => boolean;
    readonly now: number;
  },
): Row<AccessSubject>[] {
  const grants = new Map(state.grants.map(grant => [grant.requestId, grant]));
  return state.requests.map(request =>
    accessRow(l10n, request, grants.get(request.id), state.canCancel(request.id), state.now),
  );
}

function accessRow(
  l10n: Localizer,
  request: AccessRequest,
  grant: Grant | undefined,
  canCancel: boolean,
  now: number,
): Row<AccessSubject> {
  const look = grant ? grantLook(l10n, grant, forwardsPorts(request), now) : requestLook(l10n, request, now);
  const isEmergency = request.breakGlass === true;
  const description = isEmergency ? l10n.t('break-glass · {0}', look.description) : look.description;
  const spoken = look.spoken ?? look.description;
  const reason = request.draft.values['reason'];
  const facts: (readonly [string, string])[] = [
    [l10n.t('State'), look.description],
    [l10n.t('Flow'), request.flowLabel],
    [l10n.t('Account'), request.target.accountId],
  ];
  if (request.target.permissionSet) facts.push([l10n.t('Permission set'), request.target.permissionSet]);
  if (typeof reason === 'string') facts.push([l10n.t('Reason'), reason]);
  if (request.durationSeconds) facts.push([l10n.t('Asked for'), spanText(l10n, request.durationSeconds)]);
  facts.push([l10n.t('Asked at'), timeOfDay(request.requestedAt)]);
  if (grant?.effectiveEndsAt && grant.phase !== 'ended')
    facts.push([l10n.t('Ends at'), timeOfDay(grant.effectiveEndsAt)]);
  facts.push([l10n.t('Request'), request.id]);
  return {
    id: request.id,
    label: request.target.label,
    description,
    icon: isEmergency && grant?.phase === 'active' ? EMERGENCY_ICON : look.icon,
    tooltip: { title: request.target.label, facts, ...(look.note ? { notes: [look.note] } : {}) },
    capabilities: [
      'access',
      'show',
      ...look.capabilities,
      ...(look.capabilities.includes('dismiss') ? ['again'] : []),
      ...(canCancel ? ['cancel'] : []),
    ],
    spoken: isEmergency
      ? l10n.t('{0}, break-glass access, {1}', request.target.label, spoken)
      : `${request.target.label}, ${spoken}`,
    command: { id: 'jitAccess.access.show', title: l10n.t('Show Request') },
    subject: { kind: 'access', requestId: request.id },
  };
}

/** For what was asked for in an emergency. */
export const EMERGENCY_ICON = { id: 'flame', color: 'errorForeground' } as const;

interface Look {
  readonly description: string;
  readonly icon: { readonly id: string; readonly color?: string };
  readonly capabilities: readonly string[];
  readonly spoken?: string;
  readonly note?: string;
}

function grantLook(l10n: Localizer, grant: Grant, forwards: boolean, now: number): Look {
  switch (grant.phase) {
    case 'provisioning':
      if (grant.lastProblemCode === 'signed-out') {
        return {
          description: l10n.t('approved, but you are signed out of AWS'),
          icon: { id: 'warning' },
          capabilities: ['grant', 'signIn', 'giveBack'],
        };
      }
      return {
        description: l10n.t('approved, being set up in AWS'),
        icon: { id: 'sync~spin' },
        capabilities: ['grant', 'giveBack'],
        ...(grant.lastProblem ? { note: l10n.t('AWS said last: {0}', grant.lastProblem) } : {}),
      };
    case 'active': {
      const left = grant.effectiveEndsAt === undefined ? undefined : grant.effectiveEndsAt - now;
      return {
        description:
          left === undefined ? l10n.t('active') : l10n.t('active, {0} left', calmRemainingText(l10n, left)),
        spoken:
          left === undefined ? l10n.t('active') : l10n.t('active, {0} left', spokenRemaining(l10n, left)),
        icon: { id: 'unlock', color: 'charts.green' },
        capabilities: ['grant', 'extend', 'giveBack', ...(forwards ? ['forward'] : [])],
      };
    }
    case 'ending':
      return { description: l10n.t('being given back'), icon: { id: 'sync~spin' }, capabilities: ['grant'] };
    case 'ended':
      return {
        description: l10n.t('ended {0}, {1}', timeOfDay(grant.endedAt ?? now), endReasonText(l10n, grant)),
        icon: { id: grant.endReason === 'provisioning-failed' ? 'error' : 'check' },
        capabilities: ['dismiss'],
        ...(grant.lastProblem && grant.endReason === 'provisioning-failed'
          ? { note: grant.lastProblem }
          : {}),
      };
  }
}

function requestLook(l10n: Localizer, request: AccessRequest, now: number): Look {
  const last = request.steps.at(-1);
  const message = last?.message;
  const byRule = isRefusedByRule(request);
  const withNote = (look: Look): Look => (message ? { ...look, note: message } : look);
  const waitedMs = now - request.requestedAt;
  const over = isRequestOver(request.phase) ? ['dismiss'] : ['pending'];
  switch (request.phase) {
    case 'submitting':
      return { description: l10n.t('being sent'), icon: { id: 'sync~spin' }, capabilities: [] };
    case 'submitted':
    case 'pending':
      if (request.problem) {
        return {
          description: problemText(l10n, request.problem),
          icon: { id: 'warning' },
          capabilities: [...over, 'abandon', ...signInOf(request.problem)],
          note: request.problem.message,
        };
      }
      return {
        description:
          waitedMs < 60_000
            ? l10n.t('waiting for approval')
            : l10n.t('waiting for approval, {0}', ageText(l10n, waitedMs)),
        icon: { id: 'watch' },
        capabilities: over,
      };
    case 'approved':
      return {
        description: l10n.t('approved'),
        icon: { id: 'sync~spin' },
        capabilities: [...over, 'abandon'],
      };
    case 'denied':
      return withNote({
        description: message ? l10n.t('denied: {0}', message) : l10n.t('denied'),
        icon: { id: 'circle-slash' },
        capabilities: over,
      });
    case 'expired':
      return {
        description: l10n.t('nobody approved in time'),
        icon: { id: 'circle-slash' },
        capabilities: over,
      };
    case 'cancelled':
      return { description: l10n.t('cancelled'), icon: { id: 'circle-slash' }, capabilities: over };
    case 'failed':
      return withNote({
        description: !message
          ? l10n.t('failed')
          : byRule
            ? l10n.t('refused: {0}', message)
            : l10n.t('failed: {0}', message),
        icon: { id: 'error' },
        capabilities: over,
      });
    case 'other':
      return withNote({
        description: l10n.t('reported as “{0}”', request.rawStatus ?? '?'),
        icon: { id: 'question' },
        capabilities: ['dismiss'],
      });
  }
}

function problemText(l10n: Localizer, { code }: FollowProblem): string {
  switch (code) {
    case 'signed-out':
      return l10n.t('waiting; sign in to AWS to follow it');
    case 'broker-signed-out':
      return l10n.t('waiting; sign in to Sym to follow it');
    default:
      return l10n.t('waiting; cannot be followed now');
  }
}

/** The sign-in that would let it be followed again. */
function signInOf({ code }: FollowProblem): readonly string[] {
  if (code === 'signed-out') return ['signIn'];
  return code === 'broker-signed-out' ? ['signInSym'] : [];
}

/** Why a grant is over, for the reader; in the broker's own words where only the broker knows. */
export function endReasonText(
  l10n: Localizer,
  { endReason, endMessage }: Pick<Grant, 'endReason' | 'endMessage'>,
): string {
  switch (endReason ?? 'ended-by-broker') {
    case 'expired':
      return l10n.t('time ran out');
    case 'given-back':
      return l10n.t('given back');
    case 'revoked':
      return l10n.t('revoked');
    case 'ended-by-broker':
      return endMessage ?? l10n.t('closed by the approvers’ side');
    case 'provisioning-failed':
      return l10n.t('could not be set up in AWS');
  }
}

/** What bounds the end of a grant, for the reader. */
export function boundText(l10n: Localizer, bound: GrantBound): string {
  switch (bound) {
    case 'grant':
      return l10n.t('the time that was granted');
    case 'permission-set-session':
      return l10n.t('the longest session its permission set allows');
    case 'role-credentials':
      return l10n.t('the end of the role’s credentials');
  }
}
