import { describe, expect, it } from 'vitest';
import type { Memento } from 'vscode';
import { GlobalLedgerStore } from '../../../src/ui/access/ledgerStore';
import { WakeWatch } from '../../../src/ui/model/wakeWatch';
import { FakeClock } from '../../support/access/fakeClock';

const SECOND = 1000;

describe('GlobalLedgerStore', () => {
  /** Keeps copies, as VS Code does, and lets another window's write appear without a word. */
  class TestMemento implements Memento {
    values: Record<string, unknown> = {};
    keys = () => Object.keys(this.values);
    get = (key: string): never => this.values[key] as never;
    update = (key: string, value: unknown) => {
      this.values[key] = JSON.parse(JSON.stringify(value)) as unknown;
      return Promise.resolve();
    };
  }

  it('tells of another window’s write within a second, and not of its own', async () => {
    const clock = new FakeClock();
    const state = new TestMemento();
    const store = new GlobalLedgerStore({ state, clock });
    let changes = 0;
    store.onDidChange(() => changes++);
    store.save({ mine: true });
    await clock.advance(3 * SECOND);
    expect(changes).toBe(0);
    state.values['ledger'] = { theirs: true };
    await clock.advance(SECOND);
    expect(changes).toBe(1);
    expect(store.load()).toEqual({ theirs: true });
    await clock.advance(3 * SECOND);
    expect(changes).toBe(1);
    store.dispose();
    expect(clock.pending).toBe(0);
  });
});

describe('WakeWatch', () => {
  const watch = () => {
    const clock = new FakeClock();
    const net = { addresses: '192.0.2.7' };
    const woken: string[] = [];
    const wake = new WakeWatch({ clock, addresses: () => net.addresses });
    wake.onDidWake(what => woken.push(what));
    return { clock, net, woken, wake };
  };

  it('is quiet while nothing happens', async () => {
    const { clock, woken, wake } = watch();
    await clock.advance(600 * SECOND);
    expect(woken).toEqual([]);
    wake.dispose();
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['a sleep', 3600 * SECOND],
    ['a clock set back', -3600 * SECOND],
  ])('notices %s at the next look, once', async (_name, jump) => {
    const { clock, woken } = watch();
    await clock.advance(7 * SECOND);
    clock.jump(jump);
    await clock.advance(5 * SECOND);
    expect(woken).toEqual(['clock']);
    await clock.advance(60 * SECOND);
    expect(woken).toEqual(['clock']);
  });

  it('notices another network, once', async () => {
    const { clock, net, woken } = watch();
    net.addresses = '';
    await clock.advance(5 * SECOND);
    net.addresses = '198.51.100.3';
    await clock.advance(60 * SECOND);
    expect(woken).toEqual(['network', 'network']);
  });
});
