import { describe, expect, it } from 'vitest';
import { DRAFT, LedgerWorld, MINUTE, SECOND } from '../../support/access/world';

const CONTEXT = { whenActive: 'nothing' } as const;

/** A world whose broker tells its own time, as Sym does with every answer. */
class TimedWorld extends LedgerWorld {
  /** The broker's clock, ahead of ours by so much at first. */
  #aheadMs: number;
  #reads = 0;

  constructor(aheadMs: number) {
    super();
    this.#aheadMs = aheadMs;
    this.probe.handsOut(() => this.clock.now() + 120 * MINUTE);
  }

  says(phase: 'pending' | 'escalated' | 'ended'): void {
    this.broker.onRead = () =>
      Promise.resolve({ phase, rawStatus: phase, clockOffsetMs: this.#aheadMs + (this.#reads++ % 3) * 700 });
  }

  /** Somebody sets our clock; the broker's goes on. */
  set(byMs: number): void {
    this.clock.jump(byMs);
    this.#aheadMs -= byMs;
  }
}

describe('GrantLedger and a clock that somebody sets', () => {
  it.each([
    ['forward', 20 * MINUTE],
    ['back', -3 * 60 * MINUTE],
    ['forward by a moment', 10 * SECOND],
  ])('keeps the end where the broker has it when ours is set %s', async (_, byMs) => {
    const world = new TimedWorld(40 * SECOND);
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.says('escalated');
    await world.clock.advance(3 * SECOND);
    const left = () => (ledger.grant(id)?.effectiveEndsAt ?? Number.NaN) - world.clock.now();
    const before = left();
    world.set(byMs);
    ledger.recheck();
    await world.clock.advance(SECOND);
    expect(Math.abs(left() - (before - SECOND))).toBeLessThan(3 * SECOND);
    await world.clock.advance(before - 10 * SECOND);
    expect(ledger.grant(id)?.phase).toBe('active');
    await world.clock.advance(15 * SECOND);
    expect(ledger.grant(id)).toMatchObject({ phase: 'ended', endReason: 'expired' });
  });

  it('takes what two answers differ by for no change of the clock, and stores nothing for it', async () => {
    const world = new TimedWorld(0);
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.says('escalated');
    await world.clock.advance(3 * SECOND);
    const grant = ledger.grant(id);
    const { saves } = world.store;
    await world.clock.advance(5 * MINUTE);
    expect(ledger.grant(id)).toBe(grant);
    expect(world.store.saves).toBe(saves);
  });

  it('reckons from the right moment when it was set while the request still waited', async () => {
    const world = new TimedWorld(0);
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.says('pending');
    await world.clock.advance(MINUTE);
    world.set(-45 * MINUTE);
    ledger.recheck();
    await world.clock.advance(10 * SECOND);
    world.says('escalated');
    await world.clock.advance(5 * SECOND);
    const grant = ledger.grant(id);
    expect(grant).not.toHaveProperty('earliestEndsAt');
    const left = (grant?.effectiveEndsAt ?? Number.NaN) - world.clock.now();
    expect(left).toBeGreaterThan(29 * MINUTE);
    expect(left).toBeLessThanOrEqual(30 * MINUTE);
  });

  it('notices after a restart that it was set meanwhile', async () => {
    const world = new TimedWorld(0);
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.says('escalated');
    await world.clock.advance(3 * SECOND);
    const left = (ledger.grant(id)?.effectiveEndsAt ?? Number.NaN) - world.clock.now();
    ledger.dispose();
    world.set(-60 * MINUTE);
    const again = world.open();
    await world.clock.advance(SECOND);
    const now = (again.grant(id)?.effectiveEndsAt ?? Number.NaN) - world.clock.now();
    expect(Math.abs(now - (left - SECOND))).toBeLessThan(3 * SECOND);
  });
});
