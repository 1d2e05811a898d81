import * as z from 'zod';
import type { Grant, GrantEndReason } from './grant';
import type { AccessRequest } from './request';

/** A session that was opened under a grant for emergencies. */
export interface ReviewedSession {
  /** AWS's id of the session, as its own records name it. */
  readonly id: string;
  readonly kind: 'shell' | 'forward';
  readonly instanceId: string;
  readonly instanceName: string;
  /** `db.internal:3306`; for a forward. */
  readonly leadsTo?: string;
  readonly startedAt: number;
  /** Absent while it is open, and when its window went away before it closed. */
  readonly endedAt?: number;
}

/** What was done under one grant for emergencies, to be looked at afterwards. Immutable. Stands for itself: the ledger forgets sooner. */
export interface ReviewItem {
  readonly requestId: string;
  readonly targetLabel: string;
  readonly flowLabel: string;
  readonly accountId: string;
  readonly permissionSet?: string;
  readonly reason?: string;
  /** How the broker names the request. */
  readonly runId?: string;
  readonly requestedAt: number;
  readonly approvedAt: number;
  readonly activeAt?: number;
  /** Present once the grant is over: from then on the review is due. */
  readonly endedAt?: number;
  readonly endReason?: GrantEndReason;
  /** Oldest first. */
  readonly sessions: readonly ReviewedSession[];
  /** Written when it was closed. */
  readonly note?: string;
  readonly closedAt?: number;
}

export type ReviewState = 'running' | 'due' | 'closed';

export function reviewState(item: ReviewItem): ReviewState {
  if (item.closedAt !== undefined) return 'closed';
  return item.endedAt === undefined ? 'running' : 'due';
}

/** The item as request and grant now tell it. What was noted by hand or of sessions stays. */
export function reviewed(known: ReviewItem | undefined, request: AccessRequest, grant: Grant): ReviewItem {
  const { reason } = request.draft.values;
  const ended = grant.phase === 'ended' ? { endedAt: grant.endedAt, endReason: grant.endReason } : {};
  const facts = {
    requestId: request.id,
    targetLabel: request.target.label,
    flowLabel: request.flowLabel,
    accountId: request.target.accountId,
    permissionSet: request.target.permissionSet,
    reason: typeof reason === 'string' ? reason : undefined,
    runId: request.brokerRef?.runId,
    requestedAt: request.requestedAt,
    approvedAt: grant.approvedAt,
    activeAt: grant.activeAt,
    ...ended,
  };
  const present = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { sessions: [], ...known, ...(present as typeof facts) } as ReviewItem;
}

/** Two windows' knowledge of one item: every session of both, and whatever is further along. */
export function mergedReview(mine: ReviewItem, theirs: ReviewItem): ReviewItem {
  const sessions = new Map<string, ReviewedSession>();
  for (const session of [...mine.sessions, ...theirs.sessions]) {
    const known = sessions.get(session.id);
    if (known?.endedAt === undefined) sessions.set(session.id, session);
  }
  const ahead = progress(theirs) > progress(mine) ? theirs : mine;
  const behind = ahead === mine ? theirs : mine;
  return {
    ...behind,
    ...ahead,
    sessions: [...sessions.values()].sort((a, b) => a.startedAt - b.startedAt),
  };
}

function progress(item: ReviewItem): number {
  return ['running', 'due', 'closed'].indexOf(reviewState(item));
}

const time = z.number().int();

const item = z.object({
  requestId: z.string().min(1),
  targetLabel: z.string(),
  flowLabel: z.string(),
  accountId: z.string(),
  permissionSet: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  runId: z.string().exactOptional(),
  requestedAt: time,
  approvedAt: time,
  activeAt: time.exactOptional(),
  endedAt: time.exactOptional(),
  endReason: z
    .enum(['expired', 'given-back', 'revoked', 'ended-by-broker', 'provisioning-failed'])
    .exactOptional(),
  sessions: z.array(
    z.object({
      id: z.string().min(1),
      kind: z.enum(['shell', 'forward']),
      instanceId: z.string(),
      instanceName: z.string(),
      leadsTo: z.string().exactOptional(),
      startedAt: time,
      endedAt: time.exactOptional(),
    }),
  ),
  note: z.string().exactOptional(),
  closedAt: time.exactOptional(),
});

/** Reads what was persisted. An item that does not fit is left out and named in `problems`. */
export function readReviews(state: unknown): {
  readonly items: readonly ReviewItem[];
  readonly problems: readonly string[];
} {
  if (state === undefined || state === null) return { items: [], problems: [] };
  const outer = z.array(z.unknown()).safeParse(state);
  if (!outer.success) return { items: [], problems: [z.prettifyError(outer.error)] };
  const items: ReviewItem[] = [];
  const problems: string[] = [];
  for (const candidate of outer.data) {
    const parsed = item.safeParse(candidate);
    if (parsed.success) items.push(parsed.data);
    else problems.push(z.prettifyError(parsed.error));
  }
  return { items, problems };
}
