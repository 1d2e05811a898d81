import type { Grant } from './grant';
import { isRequestOver, type AccessRequest } from './request';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long a broker or AWS may take for one answer. */
export const ANSWER_WITHIN_MS = 30 * SECOND;
/** How long before the role credentials' end their renewal begins: ahead of the first warning. */
const RENEW_AHEAD_MS = 6 * MINUTE;
const LONGEST_RETRY_MS = 30 * SECOND;
const LONGEST_PROBE_MS = 15 * SECOND;

/** Spreads a delay over ±20 %, at most ±10 s, so that windows and colleagues do not ask in step. `random` in [0, 1). */
export function jittered(delayMs: number, random: number): number {
  const spread = Math.min(0.2 * delayMs, 10 * SECOND);
  return Math.round(delayMs + spread * (2 * random - 1));
}

/**
 * Milliseconds until the broker is asked again; `undefined` when it has nothing more to tell. Every wait before the escalation stays well
 * below the tolerance with which a grant's end is reckoned.
 */
export function readPause(request: AccessRequest, grant: Grant | undefined, now: number): number | undefined {
  if (grant) {
    switch (grant.phase) {
      case 'provisioning':
        return 5 * SECOND;
      case 'active':
        return 15 * SECOND;
      case 'ending':
        return 2 * SECOND;
      case 'ended':
        return undefined;
    }
  }
  if (request.phase === 'submitting' || isRequestOver(request.phase)) return undefined;
  const age = now - (request.steps.at(-1)?.at ?? request.requestedAt);
  if (age < 2 * MINUTE) return 2 * SECOND;
  return age < 15 * MINUTE ? 5 * SECOND : 15 * SECOND;
}

/** Milliseconds until the broker is tried again after `failures` failures in a row (one or more). */
export function retryPause(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, 2 * SECOND * 2 ** Math.min(failures - 1, 10));
}

/**
 * Milliseconds until AWS is asked for the role again; `undefined` when there is no reason to. While provisioning: 1, 2, 4, 8, then every
 * 15 s. While active: shortly before the role credentials end, when the grant outlives them.
 */
export function probePause(grant: Grant, now: number): number | undefined {
  if (grant.phase === 'provisioning') {
    // A question that cannot be asked (signed out, no network) is not worth asking often; a sign-in rechecks at once.
    if (grant.lastProblemCode !== undefined) return LONGEST_RETRY_MS;
    return Math.min(LONGEST_PROBE_MS, SECOND * 2 ** Math.min(Math.max(0, grant.attempts - 1), 10));
  }
  if (grant.phase !== 'active' || grant.roleEndsAt === undefined || grant.boundBy === 'grant')
    return undefined;
  return Math.max(LONGEST_PROBE_MS, grant.roleEndsAt - RENEW_AHEAD_MS - now);
}
