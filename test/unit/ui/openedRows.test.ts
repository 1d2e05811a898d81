import { describe, expect, it } from 'vitest';
import { OpenedRows } from '../../../src/ui/model/openedRows';

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
});
