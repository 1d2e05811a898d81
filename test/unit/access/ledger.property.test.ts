import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../../src/base/errors';
import { START_TOLERANCE_MS } from '../../../src/access/grantState';
import { ModelledWorld, type Delivery, type Fate, type Window } from '../../support/access/modelledWorld';
import { MINUTE, SECOND } from '../../support/access/world';

const fates: fc.Arbitrary<Fate> = fc.record(
  {
    decision: fc.constantFrom('approve', 'approve', 'approve', 'deny', 'expire'),
    decidedAfterMs: fc.integer({ min: 0, max: 6 * MINUTE }),
    escalatedAfterMs: fc.integer({ min: 0, max: 20 * SECOND }),
    propagationMs: fc.integer({ min: 0, max: 90 * SECOND }),
    revokedAfterMs: fc.integer({ min: 0, max: 30 * MINUTE }),
  },
  { requiredKeys: ['decision', 'decidedAfterMs', 'escalatedAfterMs', 'propagationMs'] },
);

const deliveries: fc.Arbitrary<readonly Delivery[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('ok', 'ok', 'error', 'lost', 'stale', 'odd'),
    latencyMs: fc.oneof(fc.integer({ min: 0, max: 5 * SECOND }), fc.integer({ min: 0, max: 50 * SECOND })),
  }),
  { maxLength: 60 },
);

const happenings = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 12 * MINUTE }),
    what: fc.constantFrom(
      'restart',
      'away',
      'sleep',
      'setBack',
      'setForward',
      'recheck',
      'secondWindow',
      'giveBack',
    ),
    forMs: fc.integer({ min: SECOND, max: 25 * MINUTE }),
  }),
  { maxLength: 6 },
);

/** Long enough for the slowest pause, its jitter, a time-out and a few retries. */
const CALM_MS = 2 * MINUTE;
/** The pause between polls of an active grant, its jitter, and the way there and back. */
const POLL_MS = 20 * SECOND;
/** So far the end may be off once the clock was set: what two measurements of the broker's clock may differ without being taken for that. */
const CLOCK_MS = 10 * SECOND;

function checkWindow(world: ModelledWorld, window: Window, gaveBack: boolean): void {
  const { truth, now } = world;
  const { grant } = window;
  const request = window.ledger.requests[0];
  const calm = now - world.troubleAt > CALM_MS;
  // A clock that was set is known to have been by the next answer that comes quickly, which tells the broker's.
  const wasSet = world.setAt > 0;
  const knowsClock = window.heardAt >= world.setAt;
  const facts = () =>
    `at +${now - truth.decidedAt} ms from the decision: ${JSON.stringify({ phase: grant?.phase, reason: grant?.endReason, request: request?.phase, live: truth.isLive(now), liveUntil: truth.liveUntil - now, knowsUntil: window.knowsUntil - now })}`;

  // Never shows what is not there …
  if (grant !== undefined) expect(now >= truth.liveFrom, `a grant before its time ${facts()}`).toBe(true);
  if (grant?.phase === 'active' && now >= truth.liveUntil) {
    expect(window.knowsUntil < truth.liveUntil, `shown although known to be over ${facts()}`).toBe(true);
    // A revoke, or an end that a clock set back puts off, is noticed at the next poll.
    const noticed = calm && now >= truth.liveUntil + POLL_MS;
    expect(noticed, `shown although over, and nothing was in the way of knowing ${facts()}`).toBe(false);
    const latest = truth.naturalEnd + (wasSet ? CLOCK_MS : 0);
    if (now >= latest && grant.earliestEndsAt === undefined && knowsClock) {
      expect.fail(`shown past its time ${facts()}`);
    }
  }
  // … nor hides what is.
  if (truth.isLive(now) && !gaveBack) {
    const nearItsEnd = now >= truth.liveUntil - START_TOLERANCE_MS - (wasSet ? CLOCK_MS : 0);
    const silenced = grant?.earliestEndsAt !== undefined;
    if (grant?.phase === 'ended' && !silenced && knowsClock) {
      expect(nearItsEnd, `ended although there ${facts()}`).toBe(true);
    }
    if (calm && truth.isUsable(now - CALM_MS) && grant?.phase !== 'ended') {
      expect(grant?.phase, `hidden although there ${facts()}`).toBe('active');
    }
  }
  if (request && ['denied', 'expired'].includes(request.phase)) {
    expect(truth.status(now), facts()).toBe(request.phase);
  }
}

/** `times`: how often each step may be told; once for all windows together where they share one store. */
function checkTold(world: ModelledWorld, times: number): void {
  const counts = new Map<string, number>();
  for (const { kind } of world.told) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of ['submitted', 'approved', 'denied', 'expired', 'provisioning', 'active', 'ended']) {
    expect(
      counts.get(kind) ?? 0,
      `"${kind}" in ${world.told.map(told => told.kind).join(' ')}`,
    ).toBeLessThanOrEqual(times);
  }
}

/** How long a write of one window takes until another has it; a write in flight is trouble as good as any. */
const lags = fc.array(fc.integer({ min: 0, max: 3 * SECOND }), { minLength: 1, maxLength: 8 });

/** Schedules tried per property; more of them now and then: `LEDGER_RUNS=5000 npx vitest run test/unit/access/ledger.property.test.ts`. */
const RUNS = Number(process.env['LEDGER_RUNS'] ?? 60);
const WITHIN_MS = Math.max(240, RUNS * 4) * SECOND;

describe('GrantLedger on any schedule', () => {
  it(
    'never shows a grant that is not there, never hides one that is, and tells each step once',
    async () => {
      let reachedActive = 0;
      await fc.assert(
        fc.asyncProperty(fates, deliveries, happenings, async (fate, schedule, plan) => {
          const world = new ModelledWorld(fate, schedule);
          await live(world, plan, 1);
          if (world.told.some(({ kind }) => kind === 'active')) reachedActive++;
          const ended = world.told.filter(({ kind }) => kind === 'ended');
          expect(ended).toHaveLength(fate.decision === 'approve' ? 1 : 0);
        }),
        { numRuns: RUNS },
      );
      // The property says little about schedules on which nothing ever becomes active.
      expect(reachedActive).toBeGreaterThan(10);
    },
    WITHIN_MS,
  );

  it(
    'does so in windows too that learn late of each other, and in the end they agree',
    async () => {
      let reachedActive = 0;
      await fc.assert(
        fc.asyncProperty(fates, deliveries, happenings, lags, async (fate, schedule, plan, lagsMs) => {
          const world = new ModelledWorld(fate, schedule, lagsMs);
          const opened = plan.filter(({ what }) => what === 'secondWindow').length;
          await live(world, [{ afterMs: 0, what: 'secondWindow', forMs: SECOND }, ...plan], opened + 2);
          if (world.told.some(({ kind }) => kind === 'active')) reachedActive++;
        }),
        { numRuns: RUNS },
      );
      expect(reachedActive).toBeGreaterThan(10);
    },
    WITHIN_MS,
  );
});

type Happening = typeof happenings extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** Lives the plan, then long enough for everything to be over, looking at every window every few seconds. */
async function live(world: ModelledWorld, plan: readonly Happening[], times: number): Promise<void> {
  await world.submit();
  let gaveBack = false;
  const check = () => {
    for (const window of world.windows) checkWindow(world, window, gaveBack);
  };
  const run = async (ms: number) => {
    for (let left = ms; left > 0; left -= 5 * SECOND) {
      await world.clock.advance(Math.min(left, 5 * SECOND));
      check();
    }
  };
  for (const { afterMs, what, forMs } of plan) {
    await run(afterMs);
    switch (what) {
      case 'restart':
        world.close();
        world.open();
        break;
      case 'away':
        world.close();
        world.sleep(forMs);
        world.open();
        break;
      case 'sleep':
        world.sleep(forMs);
        for (const { ledger } of world.windows) ledger.recheck();
        break;
      case 'setBack':
        world.set(-forMs);
        for (const { ledger } of world.windows) ledger.recheck();
        break;
      case 'setForward': {
        // Nothing tells a clock that is set past the end from a sleep that outlasted it: the grant ends, and that is the safe side.
        const left = (world.windows[0]?.grant?.effectiveEndsAt ?? Infinity) - world.clock.now();
        if (left <= forMs + START_TOLERANCE_MS) break;
        world.set(forMs);
        for (const { ledger } of world.windows) ledger.recheck();
        break;
      }
      case 'recheck':
        for (const { ledger } of world.windows) ledger.recheck();
        break;
      case 'secondWindow':
        world.open();
        break;
      case 'giveBack': {
        const ledger = world.windows[0]?.ledger;
        const grant = ledger?.grants[0];
        if (!ledger || !grant || grant.phase === 'ended') break;
        gaveBack = true;
        const given = ledger.giveBack(grant.requestId).catch((failure: unknown) => {
          if (!isAppError(failure)) throw failure;
        });
        await run(40 * SECOND);
        await given;
      }
    }
    await world.clock.advance(0);
    check();
  }
  await run(10 * MINUTE);
  checkTold(world, times);
  // In the end, whatever happened, every window knows how it ended, and all know the same.
  await run(45 * MINUTE);
  for (const { ledger, grant } of world.windows) {
    expect(['denied', 'expired', 'approved']).toContain(ledger.requests[0]?.phase);
    if (world.truth.isApproved) expect(grant?.phase).toBe('ended');
    else expect(grant).toBeUndefined();
    expect(ledger.grants).toEqual(world.windows[0]?.ledger.grants);
    expect(ledger.requests).toEqual(world.windows[0]?.ledger.requests);
  }
  checkTold(world, times);
  world.close();
}
