import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/events';
import type { Instance } from '../../../src/access/instance';
import type { InventorySnapshot } from '../../../src/ui/model/instances/inventorySnapshot';
import { SearchIndex } from '../../../src/ui/model/instances/searchIndex';
import { SearchWarmer } from '../../../src/ui/instances/searchWarmer';
import { FakeClock } from '../../support/access/fakeClock';
import { ACCOUNT, instance } from './samples';

function snapshotOf(...lists: readonly (readonly Instance[])[]): InventorySnapshot {
  const regions = lists.map((instances, index) => ({
    accountId: ACCOUNT,
    region: `region-${index}`,
    state: 'ready' as const,
    instances,
  }));
  return {
    sessions: [],
    accounts: [{ accountId: ACCOUNT, profiles: [], regions }],
    accountNames: new Map(),
    refreshing: false,
    isAsked: true,
  };
}

describe('the index', () => {
  it('is made ready for each list once, one after another, and for those that replace them', async () => {
    const clock = new FakeClock();
    const changed = new Emitter<void>();
    const search = new SearchIndex();
    const prepared: (readonly Instance[])[] = [];
    const prepare = search.prepare.bind(search);
    search.prepare = list => {
      prepared.push(list);
      prepare(list);
    };
    const [first, second, later] = [[instance()], [instance()], [instance({ name: 'web-2' })]];
    const inventory = { snapshot: snapshotOf(first, second, []), onDidChange: changed.event };
    const warmer = new SearchWarmer({ inventory, search, clock });
    const { isAsked: _, ...unasked } = inventory.snapshot;
    inventory.snapshot = unasked;
    changed.fire();
    // Known, and nobody has looked yet.
    expect(clock.pending).toBe(0);
    inventory.snapshot = snapshotOf(first, second, []);
    changed.fire();
    changed.fire();
    await clock.advance(299);
    expect(prepared).toEqual([]);
    await clock.advance(1);
    expect(prepared).toHaveLength(1);
    await clock.advance(1_000);
    expect(prepared).toEqual([first, second]);
    inventory.snapshot = snapshotOf(first, later);
    changed.fire();
    await clock.advance(1_000);
    expect(prepared[2]).toBe(search.byName(later));
    expect(prepared).toHaveLength(3);
    changed.fire();
    warmer.dispose();
    expect(clock.pending).toBe(0);
  });
});
