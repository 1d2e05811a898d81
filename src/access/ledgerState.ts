import * as z from 'zod';
import type { ErrorCode } from '../base/errors';
import type { LedgerRecord } from './ledgerRecord';

const time = z.number().int();
const code = z.string() as unknown as z.ZodType<ErrorCode>;

const phase = z.enum([
  'submitting',
  'submitted',
  'pending',
  'approved',
  'denied',
  'expired',
  'cancelled',
  'failed',
  'other',
]);

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
  phase,
  rawStatus: z.string().exactOptional(),
  steps: z.array(
    z.object({
      phase,
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
