import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrantLedger } from '../../../src/access/ledger';
import { openGrant, type GrantEvent } from '../../../src/access/grantState';
import {
  grantRecord,
  newerOf,
  nextVersion,
  unreachableRecord,
  type LedgerRecord,
} from '../../../src/access/ledgerRecord';
import type { AccessRequest, RequestPhase } from '../../../src/access/request';
import { isAppError } from '../../../src/base/errors';
import { Replicas, type Replica } from '../../support/access/replicas';
import { DRAFT, LedgerWorld, MINUTE, SECOND } from '../../support/access/world';

const CONTEXT = { whenActive: 'nothing' } as const;

const acts = fc.array(
  fc.record({
    window: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom('submit', 'submit', 'giveBack', 'dismiss', 'recheck', 'reload'),
    /** Which of the requests, from the newest. */
    which: fc.integer({ min: 0, max: 3 }),
    afterMs: fc.integer({ min: 0, max: 4 * SECOND }),
  }),
  { maxLength: 24 },
);
const lags = fc.array(fc.integer({ min: 0, max: 2 * SECOND }), { minLength: 1, maxLength: 8 });
/** What the broker says of each run, in order. */
const fates = fc.array(fc.constantFrom('escalated', 'pending', 'denied'), { minLength: 1, maxLength: 6 });

interface Open {
  ledger: GrantLedger;
  store: Replica;
}

describe('windows that share a store', () => {
  it('lose none of each other’s requests, agree, and then write no more', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(acts, lags, fates, async (plan, lagsMs, said) => {
        const world = new LedgerWorld();
        const over = new Set<string>();
        world.broker.onRead = ({ runId }) => {
          const phase = over.has(runId) ? 'ended' : said[Number(runId.slice(4)) % said.length]!;
          return Promise.resolve({ phase, rawStatus: phase });
        };
        world.broker.onGiveBack = ({ runId }) => {
          over.add(runId);
          return Promise.resolve();
        };
        world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
        let writes = 0;
        const replicas = new Replicas(world.clock, () => lagsMs[writes++ % lagsMs.length]!);
        const open = (): Open => {
          const store = replicas.open();
          return { store, ledger: world.open({ store }) };
        };
        const windows = [open(), open(), open()];
        const submitted = new Set<string>();
        const dismissed = new Set<string>();
        for (const { window, what, which, afterMs } of plan) {
          await world.clock.advance(afterMs);
          const { ledger } = windows[window]!;
          const request = ledger.requests[which];
          switch (what) {
            case 'submit':
              submitted.add((await ledger.submit(DRAFT, CONTEXT)).id);
              break;
            case 'giveBack':
              if (ledger.grant(request?.id ?? '')) await ledger.giveBack(request!.id);
              break;
            case 'dismiss':
              try {
                ledger.dismiss(request?.id ?? '');
                if (request) dismissed.add(request.id);
              } catch (failure) {
                expect(isAppError(failure, 'request-invalid')).toBe(true);
              }
              break;
            case 'recheck':
              ledger.recheck();
              break;
            case 'reload':
              // What it wrote has reached the others, as a window that closes waits for its storage.
              await world.clock.advance(2 * SECOND);
              ledger.dispose();
              windows[window] = open();
          }
        }
        await world.clock.advance(MINUTE);
        const [first] = windows;
        const wanted = [...submitted].filter(id => !dismissed.has(id)).sort();
        for (const { ledger } of windows) {
          expect(ledger.requests.map(({ id }) => id).sort()).toEqual(wanted);
          expect(ledger.requests).toEqual(first!.ledger.requests);
          expect(ledger.grants).toEqual(first!.ledger.grants);
        }
        kept += wanted.length;
        // Nobody writes the same back and forth.
        const saves = windows.map(({ store }) => store.saves);
        await world.clock.advance(MINUTE);
        expect(windows.map(({ store }) => store.saves)).toEqual(saves);
        for (const { ledger } of windows) ledger.dispose();
      }),
      { numRuns: 80 },
    );
    expect(kept).toBeGreaterThan(80);
  });

  it('do not take an approval back for what another that knows less has changed since', async () => {
    const request = await new LedgerWorld().open().submit(DRAFT, CONTEXT);
    const record = (phase: RequestPhase, revision: number): LedgerRecord => ({
      request: { ...request, phase },
      notEscalatedAt: 0,
      revision,
      changedAt: revision,
    });
    const approved = record('approved', 1);
    for (const phase of ['submitting', 'submitted', 'pending', 'other'] as const) {
      const behind = record(phase, 2);
      expect(newerOf(approved, behind)).toBe(approved);
      expect(newerOf(behind, approved)).toBe(approved);
    }
    const later = record('other', 3);
    expect(newerOf(record('pending', 2), later)).toBe(later);
  });

  it('do not take back what has become of a grant for the trouble that another has had since', async () => {
    const submitted = await new LedgerWorld().open().submit(DRAFT, CONTEXT);
    const request: AccessRequest = { ...submitted, phase: 'approved' };
    const grant = openGrant(request, { notBefore: 0, sentAt: 0, at: 0 });
    const provisioning: LedgerRecord = { request, grant, notEscalatedAt: 0, revision: 1, changedAt: 0 };
    const after = (before: LedgerRecord, event: GrantEvent) =>
      nextVersion(before, grantRecord(before, event), event.type === 'clock-set' ? 0 : event.at);
    const troubled = (before: LedgerRecord) =>
      ['one', 'another', 'a third'].reduce(
        (record, message, at) =>
          nextVersion(record, unreachableRecord(record, { code: 'network', message }, at), at + 50),
        before,
      );
    const expiresAt = 120 * MINUTE;
    const active = after(provisioning, { type: 'role-answered', expiresAt, warnBeforeMs: [], at: 10 });
    const suspended = after(active, { type: 'role-refused', problem: 'No access', at: 20 });
    const ending = after(active, { type: 'give-back', at: 20 });
    for (const [before, become] of [
      [provisioning, active],
      [active, suspended],
      [active, ending],
    ] as const) {
      expect(become.grant?.phase).not.toBe(before.grant?.phase);
      const behind = troubled(before);
      expect(behind.revision).toBeGreaterThan(become.revision);
      expect(newerOf(become, behind)).toBe(become);
      expect(newerOf(behind, become)).toBe(become);
    }
  });

  it('show requests of the same millisecond in the same order', async () => {
    const world = new LedgerWorld();
    const replicas = new Replicas(world.clock, () => 1);
    const [one, two] = [world.open({ store: replicas.open() }), world.open({ store: replicas.open() })];
    const submitted = await Promise.all([two.submit(DRAFT, CONTEXT), one.submit(DRAFT, CONTEXT)]);
    await world.clock.advance(MINUTE);
    expect(one.requests.map(({ id }) => id).sort()).toEqual(submitted.map(({ id }) => id).sort());
    expect(two.requests.map(({ id }) => id)).toEqual(one.requests.map(({ id }) => id));
  });

  it('tell in each what another found out, but not what was there before', async () => {
    const world = new LedgerWorld();
    const replicas = new Replicas(world.clock, () => SECOND);
    const one = world.open({ store: replicas.open() });
    const two = world.open({ store: replicas.open() });
    const heard: string[] = [];
    two.onDidTransitionElsewhere(({ kind }) => heard.push(kind));
    const { id } = await one.submit(DRAFT, CONTEXT);
    await world.clock.advance(SECOND);
    expect(two.request(id)?.phase).toBe('pending');
    expect(heard).toContain('pending');
    const soFar = heard.length;
    const late: string[] = [];
    const three = world.open({ store: replicas.open() });
    three.onDidTransitionElsewhere(({ kind }) => late.push(kind));
    await world.clock.advance(5 * SECOND);
    expect(three.request(id)?.phase).toBe('pending');
    expect(late).toEqual([]);
    expect(heard).toHaveLength(soFar);
  });
});
