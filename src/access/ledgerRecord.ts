import type { ErrorCode } from '../base/errors';
import { isRequestOver, type AccessRequest } from './request';
import type { Grant } from './grant';
import { openGrant, reduceGrant, type GrantEvent } from './grantState';
import { progressOf, reduceRequest } from './requestState';
import type { BrokerReading } from './broker';

/** A request and what became of it, as the ledger keeps it. Immutable. */
export interface LedgerRecord {
  readonly request: AccessRequest;
  readonly grant?: Grant;
  /** When the broker was last asked and had not yet escalated, or when the request was sent: the grant began after this. */
  readonly notEscalatedAt: number;
  /** How far the broker's clock was ahead of ours when the times here were reckoned, milliseconds. Absent while nothing told. */
  readonly clockOffsetMs?: number;
  /** Counts the changes, here and in other windows: tells the newer of two versions whatever the clock did. */
  readonly revision: number;
  /** How often the grant went from one phase to another. Absent: not yet. */
  readonly phaseChanges?: number;
  /** When this record last changed, epoch milliseconds. */
  readonly changedAt: number;
  /** Taken off the list. Kept a while so that another window's copy does not bring it back. */
  readonly dismissed?: true;
}

/**
 * Applies a broker's answer to the question put at `sentAt`. Returns the same object when nothing changed; what is settled stays as it is,
 * for an answer that comes after another window has learnt of the end is an old one.
 */
export function readRecord(
  known: LedgerRecord,
  answer: { readonly reading: BrokerReading; readonly sentAt: number; readonly at: number },
): LedgerRecord {
  if (isSettled(known)) return known;
  const { reading, sentAt, at } = answer;
  const record = clockFollowed(known, reading.clockOffsetMs);
  if (record.grant) {
    const request = answeredRequest(record.request, reading);
    const grant = reduceGrant(record.grant, { type: 'read', reading, sentAt, at });
    return request === record.request && grant === record.grant ? record : { ...record, request, grant };
  }
  const request = reduceRequest(record.request, { type: 'read', reading, at });
  const changed = request === record.request ? record : { ...record, request };
  if (request.phase !== 'approved' || (reading.phase !== 'escalated' && reading.phase !== 'ended')) {
    return sentAt > changed.notEscalatedAt ? { ...changed, notEscalatedAt: sentAt } : changed;
  }
  const grant = openGrant(request, { notBefore: record.notEscalatedAt, sentAt, at });
  return {
    ...changed,
    grant: reading.phase === 'ended' ? reduceGrant(grant, { type: 'read', reading, sentAt, at }) : grant,
  };
}

/** By so much two measurements of the broker's clock differ without anybody having set ours. */
const CLOCK_SET_MS = 5000;

/** The broker's clock decides when a grant ends. Where ours was set, by hand or by the network, all that is reckoned by it follows. */
function clockFollowed(record: LedgerRecord, clockOffsetMs: number | undefined): LedgerRecord {
  if (clockOffsetMs === undefined) return record;
  if (record.clockOffsetMs === undefined) return { ...record, clockOffsetMs };
  const byMs = Math.round(record.clockOffsetMs - clockOffsetMs);
  if (Math.abs(byMs) <= CLOCK_SET_MS) return record;
  const moved = { ...record, clockOffsetMs, notEscalatedAt: record.notEscalatedAt + byMs };
  return grantRecord(moved, { type: 'clock-set', byMs });
}

/** The broker could not be asked. Of what is settled nobody needs to ask any more. */
export function unreachableRecord(
  record: LedgerRecord,
  problem: { readonly code: ErrorCode; readonly message: string },
  at: number,
): LedgerRecord {
  if (isSettled(record)) return record;
  const request = reduceRequest(record.request, { type: 'unreachable', problem, at });
  const changed = request === record.request ? record : { ...record, request };
  return grantRecord(changed, { type: 'unconfirmed', at });
}

/** Applies something that happened to the grant; a record without one stays as it is. */
export function grantRecord(record: LedgerRecord, event: GrantEvent): LedgerRecord {
  if (!record.grant) return record;
  const grant = reduceGrant(record.grant, event);
  return grant === record.grant ? record : { ...record, grant };
}

/** Once there is a grant the request's phase is settled; an answer only ends the trouble of reaching the broker. */
function answeredRequest(request: AccessRequest, reading: BrokerReading): AccessRequest {
  if (!request.problem && request.rawStatus === reading.rawStatus) return request;
  const { problem: _gone, ...rest } = request;
  return { ...rest, rawStatus: reading.rawStatus };
}

/** The record as the next version after `before`. */
export function nextVersion(
  before: LedgerRecord | undefined,
  record: LedgerRecord,
  at: number,
): LedgerRecord {
  const next = { ...record, revision: record.revision + 1, changedAt: at };
  const isTurn = before?.grant !== undefined && before.grant.phase !== record.grant?.phase;
  return isTurn ? { ...next, phaseChanges: (before.phaseChanges ?? 0) + 1 } : next;
}

/** Whether nothing more can happen. */
export function isSettled(record: LedgerRecord): boolean {
  return record.grant ? record.grant.phase === 'ended' : isRequestOver(record.request.phase);
}

/**
 * The one of two versions of a record that knows more: dismissed before kept, settled before open, with a grant before without, the
 * request that is further along, then the grant of which more has become, then the one changed more often, then last. Both were derived
 * from the same broker, so the one that is further is right. Two that were changed apart in the same moment are told apart by their text,
 * so that every window chooses the same; of equals, `mine`.
 */
export function newerOf(mine: LedgerRecord, theirs: LedgerRecord): LedgerRecord {
  const order = [
    Number(theirs.dismissed ?? false) - Number(mine.dismissed ?? false),
    Number(isSettled(theirs)) - Number(isSettled(mine)),
    Number(theirs.grant !== undefined) - Number(mine.grant !== undefined),
    // Without these two, what one window knows of would be taken back by another's trouble to reach the broker.
    progressOf(theirs.request.phase) - progressOf(mine.request.phase),
    (theirs.phaseChanges ?? 0) - (mine.phaseChanges ?? 0),
    theirs.revision - mine.revision,
    theirs.changedAt - mine.changedAt,
  ];
  const further = order.find(difference => difference !== 0);
  if (further !== undefined) return further > 0 ? theirs : mine;
  return textOf(theirs) > textOf(mine) ? theirs : mine;
}

/** The same for equal records, whatever the order of their properties. */
function textOf({ request, grant }: LedgerRecord): string {
  return JSON.stringify([request, grant], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

const KEEP_SETTLED_MS = 14 * 86_400_000;
const KEEP_DISMISSED_MS = 2 * 86_400_000;
const KEEP_AT_MOST = 200;

/** Leaves out what is long settled, and the oldest settled ones beyond a fair number. What is open always stays. */
export function prune(records: readonly LedgerRecord[], now: number): readonly LedgerRecord[] {
  const kept = records.filter(record => {
    if (record.dismissed) return now - record.changedAt < KEEP_DISMISSED_MS;
    return !isSettled(record) || now - record.changedAt < KEEP_SETTLED_MS;
  });
  let surplus = kept.length - KEEP_AT_MOST;
  if (surplus <= 0) return kept;
  const oldestFirst = [...kept].sort((a, b) => a.changedAt - b.changedAt);
  const dropped = new Set<LedgerRecord>();
  for (const record of oldestFirst) {
    if (surplus <= 0) break;
    if (!isSettled(record) && !record.dismissed) continue;
    dropped.add(record);
    surplus--;
  }
  return kept.filter(record => !dropped.has(record));
}
