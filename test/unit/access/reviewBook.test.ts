import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/access/grant';
import type { AccessRequest } from '../../../src/access/request';
import { ReviewBook } from '../../../src/access/reviewBook';
import {
  mergedReview,
  reviewState,
  type ReviewedSession,
  type ReviewItem,
} from '../../../src/access/reviewItem';
import { isAppError } from '../../../src/base/errors';
import { Emitter } from '../../../src/base/events';
import { silentLog } from '../../../src/base/log';
import { FakeClock } from '../../support/access/fakeClock';
import { MemoryStore } from '../../support/access/world';
import { grant, NOW, request } from '../ui/samples';

const DAY = 86_400_000;
const shell: ReviewedSession = {
  id: 'sam-0a1',
  kind: 'shell',
  instanceId: 'i-1',
  instanceName: 'web-1',
  startedAt: NOW,
};

/** A ledger that says what it is told to say. */
class SaidLedger {
  readonly #change = new Emitter<void>();
  readonly onDidChange = this.#change.event;
  requests: readonly AccessRequest[] = [];
  #grants: readonly Grant[] = [];

  grant(requestId: string): Grant | undefined {
    return this.#grants.find(candidate => candidate.requestId === requestId);
  }

  says(asked: AccessRequest, ...granted: Grant[]): void {
    this.requests = [asked];
    this.#grants = granted;
    this.#change.fire();
  }
}

const emergency = request({ breakGlass: true });
const { id } = emergency;
const ended = grant({ phase: 'ended', endReason: 'given-back', endedAt: NOW + 5000 });

function world() {
  const ledger = new SaidLedger();
  const store = new MemoryStore();
  const clock = new FakeClock(NOW);
  const open = () => new ReviewBook({ ledger, store, clock, log: silentLog });
  return { ledger, store, clock, open };
}

const codeOf = (run: () => void) => {
  try {
    run();
  } catch (thrown) {
    return isAppError(thrown) ? thrown.code : thrown;
  }
  return undefined;
};

describe('the review of an emergency', () => {
  it('begins with the grant, notes its sessions, and is due when it ends', () => {
    const { ledger, open } = world();
    const book = open();
    ledger.says(emergency);
    expect(book.items).toEqual([]);
    ledger.says(emergency, grant());
    expect(book.find(id)).toMatchObject({
      targetLabel: 'FrontEnd SSH',
      reason: 'checking the stuck deploy',
      runId: 'run-1',
      sessions: [],
    });
    book.noteSession(id, shell);
    book.noteSession(id, { ...shell, endedAt: NOW + 4000 });
    ledger.says(emergency, ended);
    const item = book.find(id)!;
    expect(reviewState(item)).toBe('due');
    expect(item).toMatchObject({
      endedAt: NOW + 5000,
      endReason: 'given-back',
      sessions: [{ ...shell, endedAt: NOW + 4000 }],
    });
  });

  it('is not made for an ordinary request', () => {
    const { ledger, open } = world();
    const book = open();
    ledger.says(request(), ended);
    book.noteSession(id, shell);
    expect(book.items).toEqual([]);
  });

  it('is closed once, with a note, and not before its end', () => {
    const { ledger, open, clock } = world();
    const book = open();
    ledger.says(emergency, grant());
    expect(codeOf(() => book.close(id, 'done'))).toBe('request-invalid');
    ledger.says(emergency, ended);
    expect(codeOf(() => book.close(id, '  '))).toBe('request-invalid');
    expect(codeOf(() => book.close('other', 'done'))).toBe('request-invalid');
    book.close(id, ' restarted nginx ');
    expect(book.find(id)).toMatchObject({ note: 'restarted nginx', closedAt: clock.now() });
    ledger.says(emergency, ended);
    expect(reviewState(book.find(id)!)).toBe('closed');
  });

  it('outlives a restart, the ledger’s own memory, and a spoilt neighbour in the storage', () => {
    const { ledger, store, open } = world();
    open();
    ledger.says(emergency, grant());
    ledger.says(emergency, ended);
    const stored = store.load() as unknown[];
    store.save([{ requestId: 7 }, ...stored]);
    ledger.requests = [];
    const book = open();
    expect(book.items.map(item => [item.requestId, reviewState(item)])).toEqual([[id, 'due']]);
  });

  it('is due at once when the access ended while no window was open', () => {
    const { ledger, open } = world();
    ledger.requests = [emergency];
    const book = open();
    ledger.says(emergency, ended);
    expect(reviewState(book.find(id)!)).toBe('due');
  });

  it('knows the sessions of two windows', () => {
    const { ledger, open } = world();
    const [one, two] = [open(), open()];
    ledger.says(emergency, grant());
    one.noteSession(id, shell);
    two.noteSession(id, { ...shell, id: 'sam-0a2', startedAt: NOW + 1000 });
    one.noteSession(id, { ...shell, endedAt: NOW + 2000 });
    expect(one.find(id)?.sessions.map(session => [session.id, session.endedAt])).toEqual([
      ['sam-0a1', NOW + 2000],
      ['sam-0a2', undefined],
    ]);
  });

  it('goes three months after it was closed, and never while it is due', async () => {
    const { ledger, open, clock } = world();
    const book = open();
    ledger.says(emergency, ended);
    const other = request({ id: 'two', breakGlass: true });
    ledger.says(other, { ...ended, requestId: 'two' });
    book.close(id, 'done');
    await clock.advance(91 * DAY);
    const third = request({ id: 'three', breakGlass: true });
    ledger.says(third, { ...ended, requestId: 'three' });
    expect(book.items.map(item => item.requestId).sort()).toEqual(['three', 'two']);
  });
});

describe('merging two windows’ knowledge', () => {
  const session = fc.record(
    {
      id: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constant('shell' as const),
      instanceId: fc.constant('i-1'),
      instanceName: fc.constant('web-1'),
      startedAt: fc.integer({ min: 0, max: 9 }),
      endedAt: fc.integer({ min: 10, max: 19 }),
    },
    { requiredKeys: ['id', 'kind', 'instanceId', 'instanceName', 'startedAt'] },
  );
  const stage = fc.constantFrom({}, { endedAt: 20 }, { endedAt: 20, note: 'x', closedAt: 30 });
  const item = fc.tuple(fc.array(session, { maxLength: 4 }), stage).map(([sessions, more]): ReviewItem => ({
    requestId: 'r',
    targetLabel: 'T',
    flowLabel: 'F',
    accountId: '1',
    requestedAt: 0,
    approvedAt: 1,
    sessions: [...new Map(sessions.map(one => [one.id, one])).values()] as ReviewedSession[],
    ...more,
  }));
  const order = (state: ReviewItem) => ['running', 'due', 'closed'].indexOf(reviewState(state));

  it('never loses a session, an end or a note, whoever is merged into whom', () => {
    fc.assert(
      fc.property(item, item, (mine, theirs) => {
        const merged = mergedReview(mine, theirs);
        const ids = new Set([...mine.sessions, ...theirs.sessions].map(({ id }) => id));
        expect(new Set(merged.sessions.map(({ id }) => id))).toEqual(ids);
        for (const one of [...mine.sessions, ...theirs.sessions]) {
          if (one.endedAt === undefined) continue;
          expect(merged.sessions.find(({ id }) => id === one.id)?.endedAt).toBeDefined();
        }
        expect(order(merged)).toBe(Math.max(order(mine), order(theirs)));
        expect(mergedReview(merged, theirs)).toEqual(merged);
      }),
    );
  });
});
