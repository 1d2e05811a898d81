import { describe, expect, it } from 'vitest';
import type { InstanceTreeRow } from '../../../src/ui/model/instances/instanceSubject';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { withinBudget, type TreeSize } from '../../../src/ui/model/instances/rowBudget';
import { ACCOUNT, instance } from './samples';

function leaf(index: number): InstanceTreeRow {
  const id = `i-0${index}`;
  return {
    id,
    label: id,
    icon: { id: 'lock' },
    capabilities: ['instance'],
    spoken: id,
    subject: { kind: 'instance', instance: instance({ id }) },
  };
}

/** An account with one region of so many instances; counts how often their rows are made. */
function account(count: number) {
  let made = 0;
  const region: InstanceTreeRow = {
    id: 'region/1',
    label: 'us-east-1',
    icon: { id: 'globe' },
    capabilities: ['region'],
    spoken: 'us-east-1',
    expansion: 'expanded',
    children: () => {
      made += 1;
      return Array.from({ length: count }, (_, index) => leaf(index));
    },
    subject: { kind: 'region', accountId: ACCOUNT, region: 'us-east-1' },
  };
  const row: InstanceTreeRow = {
    id: 'account/1',
    label: 'myco',
    icon: { id: 'organization' },
    capabilities: ['account'],
    spoken: 'myco',
    expansion: 'expanded',
    children: () => [region],
    subject: { kind: 'account', accountId: ACCOUNT },
  };
  return { row, made: () => made };
}

const below = (row: InstanceTreeRow | undefined) => row?.children?.() ?? [];
const size = (more: Partial<TreeSize> = {}): TreeSize => ({
  listings: 4,
  instances: 12,
  byAccount: new Map([[ACCOUNT, 12]]),
  isFiltered: false,
  ...more,
});

describe('the rows of the tree', () => {
  it('are as they are where there are few', () => {
    const { row } = account(3);
    const [top] = withinBudget(l10n, [row], size());
    expect(top).toMatchObject({ id: 'account/1', expansion: 'expanded' });
    const [region] = below(top);
    expect(region).toMatchObject({ id: 'region/1', expansion: 'expanded' });
    expect(below(region).map(({ id }) => id)).toEqual(['i-00', 'i-01', 'i-02']);
  });

  it('begin folded account by account where there are many regions, and show all that is in one when it is opened', () => {
    const { row, made } = account(3);
    const [top] = withinBudget(l10n, [row], size({ listings: 60 }));
    expect(top).toMatchObject({ id: 'account/1/folded', expansion: 'collapsed' });
    expect(made()).toBe(0);
    const [region] = below(top);
    expect(region).toMatchObject({ id: 'folded/region/1', expansion: 'expanded' });
    expect(below(region).map(({ id }) => id)).toEqual(['folded/i-00', 'folded/i-01', 'folded/i-02']);
  });

  it('begin folded region by region, too, in an account that has many', () => {
    const { row, made } = account(3);
    const given = size({ listings: 60, instances: 1_000, byAccount: new Map([[ACCOUNT, 500]]) });
    const [region] = below(withinBudget(l10n, [row], given)[0]);
    expect(region).toMatchObject({ id: 'folded/region/1/folded', expansion: 'collapsed' });
    expect(made()).toBe(0);
    const ids = below(region).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    // Unlike those under a region that stands open, in this account or in one that does.
    for (const id of ids) expect(id).toMatch(/^folded\/folded\/i-0\d$/);
  });

  it.each([
    ['instances', size({ instances: 10_000, listings: 12 })],
    ['instances that a filter found', size({ instances: 3_000, isFiltered: true })],
  ])('begin folded region by region where few regions have many %s', (_what, given) => {
    const { row, made } = account(3);
    const [top] = withinBudget(l10n, [row], given);
    expect(top).toMatchObject({ id: 'account/1', expansion: 'expanded' });
    const [region] = below(top);
    expect(region).toMatchObject({ id: 'region/1/folded', expansion: 'collapsed' });
    expect(made()).toBe(0);
    // Not the ids that they have under the open row: VS Code refuses an id that moves to another parent.
    expect(below(region).map(({ id }) => id)).toEqual(['folded/i-00', 'folded/i-01', 'folded/i-02']);
  });

  it('stand open where a filter has found a few in many regions', () => {
    const [top] = withinBudget(l10n, [account(3).row], size({ listings: 60, isFiltered: true }));
    expect(below(top)[0]).toMatchObject({ id: 'region/1', expansion: 'expanded' });
  });

  it.each([false, true])(
    'are cut where one holds thousands, and say how many more there are (folded: %s)',
    isMuch => {
      const [top] = withinBudget(l10n, [account(1_000).row], size({ listings: isMuch ? 60 : 1 }));
      const rows = below(below(top)[0]);
      const last = rows.at(-1);
      expect(last?.label).toBe(`${1_000 - rows.length + 1} more: filter to narrow`);
      expect(last?.command?.id).toBe('jitAccess.instances.filter');
      expect(rows.length).toBeLessThan(500);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    },
  );
});
