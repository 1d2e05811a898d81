import type { SessionRecord } from '../../../aws/sessionRecord';
import type { CloseReason } from '../../../ssm/closeReason';

/** AWS's timer is not exact, nor are its dates. */
const TOLERANCE_MS = 15_000;

/**
 * What the service's own record says of an end: that the longest time of a session was over. Other ends leave no mark in it: an
 * idle session is closed but not terminated by the service, so what is on record then is the client's own TerminateSession.
 */
export function recordedEnd({ startedAt, endedAt, longestMs }: SessionRecord): CloseReason | undefined {
  if (longestMs === undefined || endedAt - startedAt < longestMs - TOLERANCE_MS) return undefined;
  return { kind: 'max-duration' };
}
