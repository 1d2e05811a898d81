import type { ErrorCode } from '../base/errors';
import type { BrokerReading } from './broker';
import type { Grant, GrantBound, GrantEndReason, GrantPhase } from './grant';
import type { AccessRequest } from './request';

/** What can happen to a grant. `at` is our clock, epoch milliseconds. */
export type GrantEvent =
  /** AWS handed out the role; `expiresAt` is the end of the credentials by our clock. */
  | {
      readonly type: 'role-answered';
      readonly expiresAt: number;
      readonly warnBeforeMs: readonly number[];
      readonly at: number;
    }
  /** AWS was asked and does not hand out the role. */
  | { readonly type: 'role-refused'; readonly problem: string; readonly at: number }
  /** AWS could not be asked. */
  | {
      readonly type: 'role-unknown';
      readonly code: ErrorCode;
      readonly problem: string;
      readonly at: number;
    }
  /** The broker answered a question put at `sentAt`. */
  | {
      readonly type: 'read';
      readonly reading: BrokerReading;
      readonly sentAt: number;
      readonly at: number;
    }
  /** The broker could not be asked. */
  | { readonly type: 'unconfirmed'; readonly at: number }
  | { readonly type: 'give-back'; readonly at: number }
  /** Our clock was set forward by this, milliseconds; negative for back. What is to come is by the broker's clock, and stays where it was. */
  | { readonly type: 'clock-set'; readonly byMs: number }
  | { readonly type: 'give-back-failed'; readonly problem: string; readonly at: number }
  /** Time has passed. `warnBeforeMs` are the warning thresholds. */
  | { readonly type: 'tick'; readonly warnBeforeMs: readonly number[]; readonly at: number };

/** When we may be wrong by no more than this about the start of the broker's clock, the early end of the range is simply taken. */
export const START_TOLERANCE_MS = 60_000;
/** Past the earliest possible end, silence of the broker for this long is read as the end. */
export const CONFIRM_WITHIN_MS = 120_000;
/** A run still escalated this long after it was given back has not been given back. */
export const GIVE_BACK_WITHIN_MS = 60_000;
/** An end reported this close to the reckoned one is that end. */
const END_SLACK_MS = 30_000;
/** AWS writes `now + session duration` on the credentials; answers take a moment. */
const SESSION_SLACK_MS = 60_000;

/**
 * Opens a grant on the first reading that says it was escalated.
 *
 * The broker's clock starts at its escalation, of which it does not tell the time (Sym: `GET /runs/{id}` documents only
 * `status`). It lies between `notBefore`, when we last asked and were told "not yet", and `at`, when we learnt of it. So the
 * true end lies between `notBefore + duration` and `at + duration`. Normally these are seconds apart and the early one is the
 * end: a grant is never shown past its time. When we were away in between (sleep, closed window) the early one may be long
 * past although the grant is there; then the late one is shown as "at the latest", and past the early one the broker has to
 * keep confirming. How long AWS takes to hand out the role does not move the end: the broker does not know of it.
 */
export function openGrant(
  request: AccessRequest,
  times: { readonly notBefore: number; readonly sentAt: number; readonly at: number },
): Grant {
  const durationMs = request.durationSeconds === undefined ? undefined : request.durationSeconds * 1000;
  const grant: Grant = {
    requestId: request.id,
    flowId: request.flowId,
    flowLabel: request.flowLabel,
    targetId: request.targetId,
    target: request.target,
    ...(request.brokerRef?.instanceKeys ? { instanceKeys: request.brokerRef.instanceKeys } : {}),
    ...(request.breakGlass ? { breakGlass: true } : {}),
    ...(request.extensionOf === undefined ? {} : { extensionOf: request.extensionOf }),
    phase: 'provisioning',
    approvedAt: times.at,
    confirmedAt: times.sentAt,
    attempts: 0,
    warned: [],
  };
  if (durationMs === undefined) return grant;
  const earliest = Math.min(times.notBefore, times.at) + durationMs;
  const latest = times.at + durationMs;
  return latest - earliest <= START_TOLERANCE_MS
    ? bounded({ ...grant, endsAt: earliest })
    : bounded({ ...grant, endsAt: latest, earliestEndsAt: earliest });
}

/** The next moment at which a `tick` changes the grant. */
export function nextTick(grant: Grant, warnBeforeMs: readonly number[]): number | undefined {
  if (grant.phase === 'ended') return undefined;
  const moments = [grant.endsAt];
  if (grant.phase === 'active') {
    moments.push(grant.roleEndsAt);
    const end = grant.effectiveEndsAt;
    if (end !== undefined) {
      for (const before of warnBeforeMs) if (!grant.warned.includes(before)) moments.push(end - before);
    }
  }
  return moments.reduce<number | undefined>(
    (soonest, at) => (at !== undefined && (soonest === undefined || at < soonest) ? at : soonest),
    undefined,
  );
}

/**
 * The life of a grant, `provisioning ⇄ active → ending → ended`. Returns the same object when the event changes nothing. What has
 * ended stays ended; an answer that is older than what is known changes nothing.
 */
export function reduceGrant(grant: Grant, event: GrantEvent): Grant {
  if (grant.phase === 'ended') return grant;
  switch (event.type) {
    case 'role-answered':
      return roleAnswered(grant, event.expiresAt, event.warnBeforeMs, event.at);
    case 'role-refused':
      if (grant.phase === 'ending') return grant;
      return grant.phase === 'active'
        ? suspend(grant, event.problem, 1)
        : { ...withoutProblem(grant), attempts: grant.attempts + 1, lastProblem: event.problem };
    case 'role-unknown':
      if (grant.phase === 'ending') return grant;
      if (grant.lastProblem === event.problem && grant.lastProblemCode === event.code) return grant;
      return { ...grant, lastProblem: event.problem, lastProblemCode: event.code };
    case 'read':
      return read(grant, event.reading, event.sentAt, event.at);
    case 'unconfirmed':
      return unconfirmed(grant, event.at);
    case 'give-back':
      return grant.phase === 'ending' ? grant : { ...grant, phase: 'ending', givingBackSince: event.at };
    case 'give-back-failed':
      return grant.phase === 'ending' ? takeBack(grant, event.problem, event.at) : grant;
    case 'clock-set':
      return clockSet(grant, event.byMs);
    case 'tick':
      return tick(grant, event.warnBeforeMs, event.at);
  }
}

function roleAnswered(grant: Grant, expiresAt: number, warnBeforeMs: readonly number[], at: number): Grant {
  if (grant.phase === 'ending') return grant;
  if (expiresAt <= at) {
    return grant.phase === 'active'
      ? grant
      : { ...withoutProblem(grant), lastProblem: 'AWS answered with credentials that are over already' };
  }
  const session = grant.target.sessionDurationMs;
  // The session's length names the bound when it explains what AWS wrote; else the credentials themselves do.
  const bySession = session !== undefined && expiresAt >= at + session - SESSION_SLACK_MS;
  const roleEndsAt = bySession ? Math.min(expiresAt, at + session) : expiresAt;
  const later = grant.roleEndsAt === undefined || roleEndsAt > grant.roleEndsAt || grant.phase !== 'active';
  const active = bounded({
    ...withoutProblem(grant),
    phase: 'active',
    activeAt: grant.activeAt ?? at,
    ...(later ? { roleEndsAt, roleBound: bySession ? 'permission-set-session' : 'role-credentials' } : {}),
  });
  // A threshold that is behind already as the grant becomes active is no news; `warn` also forgets those that a later end has put ahead.
  return warn(active, warnBeforeMs, at);
}

function read(grant: Grant, reading: BrokerReading, sentAt: number, at: number): Grant {
  switch (reading.phase) {
    case 'submitted':
    case 'pending':
    case 'approved':
      // A run does not go back from escalated: this answer is older than what we know.
      return grant;
    case 'escalated': {
      // Without a range of possible ends nobody asks when it was last confirmed.
      const confirmed =
        grant.earliestEndsAt !== undefined && sentAt > grant.confirmedAt
          ? { ...grant, confirmedAt: sentAt }
          : grant;
      if (confirmed.phase !== 'ending') return confirmed;
      if (reading.giveBackRefused !== undefined) return takeBack(confirmed, reading.giveBackRefused, at);
      return at - (confirmed.givingBackSince ?? at) <= GIVE_BACK_WITHIN_MS
        ? confirmed
        : takeBack(confirmed, 'The broker still reports the grant as in force', at);
    }
    case 'ended':
    case 'denied':
    case 'expired':
    case 'cancelled':
    case 'failed':
    case 'other':
      // The grant is there while the broker says `escalated` and not a moment longer, whatever it calls what comes next.
      return end(grant, endReason(grant, reading, at), at, reading.message);
  }
}

function endReason(grant: Grant, reading: BrokerReading, at: number): GrantEndReason {
  if (grant.phase === 'ending') return 'given-back';
  if (reading.endedBy !== undefined) return reading.endedBy;
  const reckoned = grant.earliestEndsAt ?? grant.endsAt;
  if (reading.phase === 'expired' || (reckoned !== undefined && at >= reckoned - END_SLACK_MS))
    return 'expired';
  if (reading.phase === 'failed' && grant.activeAt === undefined) return 'provisioning-failed';
  return 'ended-by-broker';
}

function clockSet(grant: Grant, byMs: number): Grant {
  const moved = (name: 'endsAt' | 'earliestEndsAt' | 'roleEndsAt' | 'givingBackSince') => {
    const at = grant[name];
    return at === undefined ? {} : { [name]: at + byMs };
  };
  return bounded({
    ...grant,
    confirmedAt: grant.confirmedAt + byMs,
    ...moved('endsAt'),
    ...moved('earliestEndsAt'),
    ...moved('roleEndsAt'),
    ...moved('givingBackSince'),
  });
}

/** Silence is no confirmation: past the earliest possible end it is read as the end. */
function unconfirmed(grant: Grant, at: number): Grant {
  if (grant.earliestEndsAt === undefined) return grant;
  return at >= Math.max(grant.earliestEndsAt, grant.confirmedAt + CONFIRM_WITHIN_MS)
    ? runOut(grant, at)
    : grant;
}

function runOut(grant: Grant, at: number): Grant {
  return end(grant, grant.activeAt === undefined ? 'provisioning-failed' : 'expired', at);
}

function tick(grant: Grant, warnBeforeMs: readonly number[], at: number): Grant {
  if (grant.endsAt !== undefined && at >= grant.endsAt) return runOut(grant, at);
  if (grant.phase !== 'active') return grant;
  if (grant.roleEndsAt !== undefined && at >= grant.roleEndsAt) {
    return suspend(grant, grant.lastProblem ?? 'The role credentials ran out', 0);
  }
  return warn(grant, warnBeforeMs, at);
}

/** Marks the thresholds that are behind, and forgets those that a later end has put ahead again. */
function warn(grant: Grant, warnBeforeMs: readonly number[], at: number): Grant {
  const end = grant.effectiveEndsAt;
  if (end === undefined) return grant;
  const behind = warnBeforeMs.filter(before => end - at <= before);
  const warned = grant.warned.filter(before => end - at <= before);
  const fresh = behind.filter(before => !warned.includes(before));
  if (fresh.length === 0 && warned.length === grant.warned.length) return grant;
  return { ...grant, warned: [...warned, ...fresh].sort((a, b) => b - a) };
}

/** AWS no longer hands out the role although the grant is there: back to asking for it. */
function suspend(grant: Grant, problem: string, attempts: number): Grant {
  const { roleEndsAt: _end, roleBound: _bound, ...rest } = withoutProblem(grant);
  return bounded({ ...rest, phase: 'provisioning', attempts, lastProblem: problem });
}

function takeBack(grant: Grant, problem: string, at: number): Grant {
  const { givingBackSince: _gone, ...rest } = grant;
  const usable = grant.activeAt !== undefined && grant.roleEndsAt !== undefined && grant.roleEndsAt > at;
  const phase: GrantPhase = usable ? 'active' : 'provisioning';
  return { ...rest, phase, lastProblem: problem };
}

function end(grant: Grant, reason: GrantEndReason, at: number, message?: string): Grant {
  return {
    ...grant,
    phase: 'ended',
    endReason: reason,
    endedAt: at,
    ...(message === undefined ? {} : { endMessage: message }),
  };
}

function withoutProblem(grant: Grant): Grant {
  const { lastProblem: _problem, lastProblemCode: _code, ...rest } = grant;
  return rest;
}

/** Works out the effective end: the earliest of the grant's own end and the role credentials'. */
function bounded(grant: Grant): Grant {
  const { effectiveEndsAt: _end, boundBy: _by, ...rest } = grant;
  const { endsAt, roleEndsAt } = rest;
  if (roleEndsAt !== undefined && (endsAt === undefined || roleEndsAt < endsAt)) {
    const boundBy: GrantBound = rest.roleBound ?? 'role-credentials';
    return { ...rest, effectiveEndsAt: roleEndsAt, boundBy };
  }
  return endsAt === undefined ? rest : { ...rest, effectiveEndsAt: endsAt, boundBy: 'grant' };
}
