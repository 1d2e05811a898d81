import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/ui/model/row';
import { ShownRows, type ShownRow } from '../../../src/ui/model/shownRows';

type Subject = string;

function leaf(id: string, overrides: Partial<Row<Subject>> = {}): Row<Subject> {
  return {
    id,
    label: id,
    icon: { id: 'x' },
    capabilities: [],
    spoken: id,
    subject: `${id} v1`,
    ...overrides,
  };
}

function parent(
  id: string,
  children: readonly Row<Subject>[],
  overrides: Partial<Row<Subject>> = {},
): Row<Subject> {
  return leaf(id, { expansion: 'expanded', children: () => children, ...overrides });
}

/** An editor that has opened everything, as VS Code does with what is expanded. */
class Editor {
  rows: readonly Row<Subject>[];
  readonly tree: ShownRows<Subject>;
  held = new Map<string, ShownRow<Subject>>();

  constructor(rows: readonly Row<Subject>[]) {
    this.rows = rows;
    this.tree = new ShownRows(() => this.rows);
    this.ask();
  }

  ask(of?: ShownRow<Subject>): void {
    for (const shown of this.tree.childrenOf(of)) {
      this.held.set(shown.row.id, shown);
      if (shown.row.children) this.ask(shown);
    }
  }

  /** Lists these instead, and says which rows would be drawn again. */
  list(rows: readonly Row<Subject>[]): 'all' | readonly string[] {
    this.rows = rows;
    const redrawing = this.tree.update();
    return redrawing === 'all' ? 'all' : redrawing.map(({ row }) => row.id);
  }
}

const fleet = (webOverrides: Partial<Row<Subject>> = {}, extra: readonly Row<Subject>[] = []) => [
  parent('account', [parent('us', [leaf('web', webOverrides), leaf('db'), ...extra]), parent('eu', [])]),
];

describe('what is drawn anew', () => {
  it('is nothing when everything reads as before, and commands find the latest subject all the same', () => {
    const editor = new Editor(fleet());
    const web = editor.held.get('web');
    expect(editor.list(fleet({ subject: 'web v2' }))).toEqual([]);
    expect(web?.subject).toBe('web v2');
  });

  it('is nothing before the editor has asked', () => {
    const tree = new ShownRows<Subject>(() => fleet());
    expect(tree.update()).toEqual([]);
  });

  it.each<[string, Partial<Row<Subject>>]>([
    ['label', { label: 'web-1' }],
    ['description', { description: 'ready' }],
    ['shape', { icon: { id: 'lock' } }],
    ['colour', { icon: { id: 'x', color: 'charts.green' } }],
    ['menu', { capabilities: ['connect'] }],
    ['spoken words', { spoken: 'web, ready' }],
    ['command', { command: { id: 'open', title: 'Open' } }],
  ])('is the one row whose %s is another', (_name, overrides) => {
    const editor = new Editor(fleet());
    expect(editor.list(fleet(overrides))).toEqual(['web']);
    expect(editor.list(fleet(overrides))).toEqual([]);
  });

  it('is the parent of a row that came or went, and the others stay the objects they were', () => {
    const editor = new Editor(fleet());
    const before = editor.held.get('web');
    expect(editor.list(fleet({}, [leaf('new')]))).toEqual(['us']);
    editor.ask(editor.held.get('us'));
    expect(editor.held.get('web')).toBe(before);
    expect(editor.held.has('new')).toBe(true);
    expect(editor.list(fleet())).toEqual(['us']);
  });

  it('is the parent of rows in another order', () => {
    const editor = new Editor([parent('us', [leaf('a'), leaf('b')])]);
    expect(editor.list([parent('us', [leaf('b'), leaf('a')])])).toEqual(['us']);
  });

  it('is a parent with all below it when its own words are others', () => {
    const editor = new Editor([parent('us', [leaf('a')])]);
    const after = [parent('us', [leaf('a', { label: 'A' })], { description: '1 total' })];
    expect(editor.list(after)).toEqual(['us']);
    editor.ask(editor.held.get('us'));
    expect(editor.held.get('a')?.row.label).toBe('A');
  });

  it('is everything when other rows are at the top', () => {
    const editor = new Editor(fleet());
    const account = editor.held.get('account');
    expect(editor.list([leaf('grant'), ...fleet()])).toBe('all');
    editor.ask();
    expect(editor.held.get('account')).toBe(account);
  });

  it('leaves alone what the editor has not opened', () => {
    const tree = new ShownRows<Subject>(() => [
      parent('us', [], {
        expansion: 'collapsed',
        children: () => {
          throw new Error('nobody asked for these');
        },
      }),
    ]);
    tree.childrenOf();
    expect(tree.update()).toEqual([]);
  });

  it('is the parent instead of very many rows', () => {
    const many = (label: string) => [
      parent(
        'us',
        Array.from({ length: 1000 }, (_, at) => leaf(`i-${at}`, { label })),
      ),
    ];
    const editor = new Editor(many('no grant'));
    expect(editor.list(many('ready'))).toEqual(['us']);
  });
});

describe('a card', () => {
  const card = (ping: string) => fleet({ tooltip: { title: 'web', facts: [['Ping', ping]] } });

  it('is no reason to draw a row whose card nobody has looked at', () => {
    const editor = new Editor(card('1 min ago'));
    expect(editor.list(card('2 min ago'))).toEqual([]);
  });

  it('is followed once somebody has looked', () => {
    const editor = new Editor(card('1 min ago'));
    const web = editor.held.get('web');
    expect(web && editor.tree.cardOf(web)).toEqual({ title: 'web', facts: [['Ping', '1 min ago']] });
    expect(editor.list(card('1 min ago'))).toEqual([]);
    expect(editor.list(card('2 min ago'))).toEqual(['web']);
    // Drawn anew it has no card, until somebody looks again.
    expect(editor.list(card('3 min ago'))).toEqual([]);
  });
});
