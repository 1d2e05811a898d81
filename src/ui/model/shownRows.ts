import type { Card, Row } from './row';

/** Everything from the top, or these rows with what is below them; none when nothing to be seen has changed. */
export type Redrawing<Subject> = 'all' | readonly ShownRow<Subject>[];

/** A row as the editor holds it: the same object for as long as the row is there, whatever the row says meanwhile. */
export class ShownRow<Subject> {
  /** As last given to the editor; undefined while it has not asked. */
  children: readonly ShownRow<Subject>[] | undefined;
  /** The card that the editor has taken, written out; undefined while nobody has looked. */
  card: string | undefined;

  constructor(public row: Row<Subject>) {}

  /** What commands that are run on it look for: always the latest. */
  get subject(): Subject {
    return this.row.subject;
  }
}

/** The editor draws so many rows one by one; with more it is quicker to let it ask for all that are below their parent. */
const MOST_ONE_BY_ONE = 40;

/**
 * What the editor holds of a tree, and what of it must be drawn anew. The editor forgets the rows below whatever it is told has changed
 * until it has asked for them again, and a menu that is open on one of them loses its row; so it is told the least that is true.
 */
export class ShownRows<Subject> {
  readonly #make: () => readonly Row<Subject>[];
  #top: readonly ShownRow<Subject>[] | undefined;

  constructor(make: () => readonly Row<Subject>[]) {
    this.#make = make;
  }

  /** The rows below one, or those at the top, for the editor to hold. */
  childrenOf(parent?: ShownRow<Subject>): readonly ShownRow<Subject>[] {
    if (!parent) return (this.#top = adopt(this.#top, this.#make()));
    return (parent.children = adopt(parent.children, parent.row.children?.() ?? []));
  }

  /** The card of a row. It is followed from then on: a row whose card was never looked at need not be drawn for its sake. */
  cardOf(shown: ShownRow<Subject>): Card | undefined {
    const { tooltip } = shown.row;
    shown.card = JSON.stringify(tooltip);
    return tooltip;
  }

  /** Makes the rows anew that the editor has asked for, and says which differ from what it was given. */
  update(): Redrawing<Subject> {
    if (!this.#top) return [];
    const rows = this.#make();
    if (!haveSameIds(this.#top, rows)) return 'all';
    const changed: ShownRow<Subject>[] = [];
    compareEach(this.#top, rows, changed);
    return changed.length > MOST_ONE_BY_ONE ? 'all' : changed;
  }
}

/** Takes each row into the place of the one that has its id. */
function adopt<Subject>(
  before: readonly ShownRow<Subject>[] = [],
  rows: readonly Row<Subject>[],
): readonly ShownRow<Subject>[] {
  const known = new Map(before.map(shown => [shown.row.id, shown]));
  return rows.map(row => {
    const shown = known.get(row.id);
    if (!shown) return new ShownRow(row);
    shown.row = row;
    shown.card = undefined;
    return shown;
  });
}

function compare<Subject>(shown: ShownRow<Subject>, row: Row<Subject>, changed: ShownRow<Subject>[]): void {
  if (shown.row === row) return;
  const isSame = looksTheSame(shown.row, row) && hasSameCard(shown, row);
  shown.row = row;
  if (!isSame) {
    // The editor asks for a card anew with each row that it is given.
    shown.card = undefined;
    changed.push(shown);
    return;
  }
  if (!shown.children) return;
  const rows = row.children?.() ?? [];
  const below: ShownRow<Subject>[] = [];
  if (haveSameIds(shown.children, rows)) compareEach(shown.children, rows, below);
  else below.push(shown);
  if (below.length > MOST_ONE_BY_ONE) changed.push(shown);
  else changed.push(...below);
}

function compareEach<Subject>(
  shown: readonly ShownRow<Subject>[],
  rows: readonly Row<Subject>[],
  changed: ShownRow<Subject>[],
): void {
  for (const [at, row] of rows.entries()) {
    const before = shown[at];
    if (before) compare(before, row, changed);
  }
}

function haveSameIds<Subject>(shown: readonly ShownRow<Subject>[], rows: readonly Row<Subject>[]): boolean {
  return shown.length === rows.length && rows.every(({ id }, at) => shown[at]?.row.id === id);
}

function hasSameCard<Subject>(shown: ShownRow<Subject>, row: Row<Subject>): boolean {
  return shown.card === undefined || shown.card === JSON.stringify(row.tooltip);
}

function looksTheSame<Subject>(before: Row<Subject>, after: Row<Subject>): boolean {
  return (
    before.label === after.label &&
    before.description === after.description &&
    before.icon.id === after.icon.id &&
    before.icon.color === after.icon.color &&
    before.spoken === after.spoken &&
    before.expansion === after.expansion &&
    before.command?.id === after.command?.id &&
    before.command?.title === after.command?.title &&
    before.capabilities.join(' ') === after.capabilities.join(' ')
  );
}
