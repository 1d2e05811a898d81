import { describe, expect, it } from 'vitest';
import { OpenedRows } from '../../../src/ui/model/openedRows';
import type { Row } from '../../../src/ui/model/row';

function row(
  id: string,
  expansion?: 'expanded' | 'collapsed',
  below: readonly Row<undefined>[] = [],
): Row<undefined> {
  return {
    id,
    label: id,
    icon: { id: 'lock' },
    capabilities: [],
    spoken: id,
    subject: undefined,
    ...(expansion && { expansion, children: () => below }),
  };
}

const open = { id: 'account/1', expansion: 'expanded' } as const;
const folded = { id: 'region/1/folded', expansion: 'collapsed' } as const;

describe('rows that somebody opened or folded', () => {
  it('stand as they say themselves before that', () => {
    const opened = new OpenedRows();
    expect([opened.of(open), opened.of(folded), opened.of({ id: 'i-01' })]).toEqual([
      'expanded',
      'collapsed',
      undefined,
    ]);
  });

  it('stand as they were left last when they come again', () => {
    const opened = new OpenedRows();
    opened.note(folded.id, 'expanded');
    opened.note(open.id, 'collapsed');
    expect([opened.of(open), opened.of(folded)]).toEqual(['collapsed', 'expanded']);
    opened.note(folded.id, 'collapsed');
    expect(opened.of(folded)).toBe('collapsed');
  });

  it('are folded together, and opened singly after that', () => {
    const opened = new OpenedRows();
    opened.note(folded.id, 'expanded');
    opened.foldAll();
    expect([opened.of(open), opened.of(folded), opened.of({ id: 'i-01' })]).toEqual([
      'collapsed',
      'collapsed',
      undefined,
    ]);
    opened.note(open.id, 'expanded');
    expect(opened.of(open)).toBe('expanded');
  });

  it('stand open under a filter although they were folded, as other rows', () => {
    const opened = new OpenedRows();
    const leaf = row('i-01');
    const region = row('region/1', 'expanded', [leaf]);
    const others = [row('account/2', 'expanded', [row('region/2', 'expanded', [row('i-02')])]), row('i-03')];
    const ids = (rows: readonly Row<undefined>[]): unknown[] =>
      rows.map(({ id, expansion, children }) => [id, expansion, ids(children?.() ?? [])]);
    const all = [row('account/1', 'expanded', [region]), ...others];
    expect(ids(opened.unfolded(all))).toEqual(ids(all));
    opened.note('region/2', 'collapsed');
    opened.note('account/1', 'collapsed');
    expect(ids(opened.unfolded(all))).toEqual([
      ['found/account/1', 'expanded', [['found/region/1', 'expanded', [['found/i-01', undefined, []]]]]],
      ['account/2', 'expanded', [['found/region/2', 'expanded', [['found/i-02', undefined, []]]]]],
      ['i-03', undefined, []],
    ]);
  });

  it('begin folded under a filter that finds very many, as they say themselves', () => {
    const opened = new OpenedRows();
    opened.foldAll();
    const [much] = opened.unfolded([row(folded.id, 'collapsed', [row('i-01')])]);
    expect(much).toMatchObject(folded);
  });
});
