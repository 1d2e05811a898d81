import * as z from 'zod';
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
 * request that is further along, then the grant of which more has become, then the one changed more often, then last. Both were derived from the same broker, so the one that is
 * further is right. Two that were changed apart in the same moment are told apart by their text, so that every window chooses the same;
 * of equals, `mine`.
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

const time = z.number().int();
const code = z.string() as unknown as z.ZodType<ErrorCode>;

const target = z.object({
  id: z.string().min(1),
  label: z.string(),
  accountId: z.string(),
  permissionSet: z.string().exactOptional(),
  requestAs: z.string().exactOptional(),
  approveAs: z.string().exactOptional(),
  instanceTags: z.record(z.string(), z.string()),
  sessionDurationMs: z.number().positive().exactOptional(),
});

const request = z.object({
  id: z.string().min(1),
  broker: z.enum(['sym', 'aws']),
  flowId: z.string(),
  targetId: z.string(),
  draft: z.object({
    flowId: z.string(),
    targetId: z.string(),
    values: z.record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number())]),
    ),
  }),
  flowLabel: z.string(),
  target,
  approvers: z.string().exactOptional(),
  breakGlass: z.literal(true).exactOptional(),
  extensionOf: z.string().exactOptional(),
  instanceKey: z.string().exactOptional(),
  whenActive: z.enum(['nothing', 'openShell', 'forwardPort']),
  forward: z
    .object({
      host: z.string().exactOptional(),
      port: z.number().int().min(1).max(65_535),
      localPort: z.number().int().min(0).max(65_535),
    })
    .exactOptional(),
  brokerRef: z
    .object({
      runId: z.string().min(1),
      eventId: z.string().exactOptional(),
      instanceKeys: z.array(z.string()).exactOptional(),
    })
    .exactOptional(),
  phase: z.enum([
    'submitting',
    'submitted',
    'pending',
    'approved',
    'denied',
    'expired',
    'cancelled',
    'failed',
    'other',
  ]),
  rawStatus: z.string().exactOptional(),
  steps: z.array(
    z.object({
      phase: z.enum([
        'submitting',
        'submitted',
        'pending',
        'approved',
        'denied',
        'expired',
        'cancelled',
        'failed',
        'other',
      ]),
      at: time,
      message: z.string().exactOptional(),
    }),
  ),
  requestedAt: time,
  durationSeconds: z.number().int().positive().exactOptional(),
  problem: z.object({ code, message: z.string(), since: time }).exactOptional(),
});

const grant = z.object({
  requestId: z.string(),
  flowId: z.string(),
  targetId: z.string(),
  target,
  flowLabel: z.string(),
  instanceKeys: z.array(z.string()).exactOptional(),
  breakGlass: z.literal(true).exactOptional(),
  extensionOf: z.string().exactOptional(),
  phase: z.enum(['provisioning', 'active', 'ending', 'ended']),
  approvedAt: time,
  activeAt: time.exactOptional(),
  endsAt: time.exactOptional(),
  earliestEndsAt: time.exactOptional(),
  confirmedAt: time,
  roleEndsAt: time.exactOptional(),
  roleBound: z.enum(['permission-set-session', 'role-credentials']).exactOptional(),
  effectiveEndsAt: time.exactOptional(),
  boundBy: z.enum(['grant', 'permission-set-session', 'role-credentials']).exactOptional(),
  attempts: z.number().int().nonnegative(),
  lastProblem: z.string().exactOptional(),
  lastProblemCode: code.exactOptional(),
  warned: z.array(z.number()),
  givingBackSince: time.exactOptional(),
  endReason: z
    .enum(['expired', 'given-back', 'revoked', 'ended-by-broker', 'provisioning-failed'])
    .exactOptional(),
  endMessage: z.string().exactOptional(),
  endedAt: time.exactOptional(),
});

const record = z
  .object({
    request,
    grant: grant.exactOptional(),
    notEscalatedAt: time,
    clockOffsetMs: z.number().exactOptional(),
    revision: z.number().int().nonnegative(),
    phaseChanges: z.number().int().nonnegative().exactOptional(),
    changedAt: time,
    dismissed: z.literal(true).exactOptional(),
  })
  .refine(value => value.grant === undefined || value.grant.requestId === value.request.id, {
    message: 'the grant belongs to another request',
  });

const VERSION = 1;

/** The persisted form. */
export interface LedgerState {
  readonly version: typeof VERSION;
  readonly records: readonly LedgerRecord[];
}

export function toState(records: readonly LedgerRecord[]): LedgerState {
  return { version: VERSION, records };
}

/** Reads what was persisted. One record that does not fit is left out and named in `problems`; the rest stays. */
export function fromState(state: unknown): {
  readonly records: readonly LedgerRecord[];
  readonly problems: readonly string[];
} {
  if (state === undefined || state === null) return { records: [], problems: [] };
  const outer = z.object({ version: z.literal(VERSION), records: z.array(z.unknown()) }).safeParse(state);
  if (!outer.success) return { records: [], problems: [z.prettifyError(outer.error)] };
  const records: LedgerRecord[] = [];
  const problems: string[] = [];
  for (const candidate of outer.data.records) {
    const parsed = record.safeParse(candidate);
    if (parsed.success) records.push(parsed.data);
    else problems.push(z.prettifyError(parsed.error));
  }
  return { records, problems };
}
