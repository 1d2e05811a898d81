import { withIdPrefix, type Row } from './row';

type Expansion = NonNullable<Row<unknown>['expansion']>;

/**
 * Which rows somebody has opened or folded. The editor forgets it of a row that goes away, and what a filter hides goes away: without this
 * all would be folded again whenever a filter is cleared.
 */
export class OpenedRows {
  readonly #byHand = new Map<string, Expansion>();
  #allFolded = false;

  /** How a row is to stand when it is shown: as it was left, or else as it says itself. */
  of({ id, expansion }: Pick<Row<unknown>, 'id' | 'expansion'>): Expansion | undefined {
    return expansion && (this.#byHand.get(id) ?? (this.#allFolded ? 'collapsed' : expansion));
  }

  note(id: string, expansion: Expansion): void {
    this.#byHand.set(id, expansion);
  }

  /** All rows at once, those too that come later. */
  foldAll(): void {
    this.#byHand.clear();
    this.#allFolded = true;
  }

  /**
   * The rows as a filter is to show them: what it has found stands open, although somebody had folded it. The editor keeps the state of a row
   * by its id, so that these are other rows, with all that is below them.
   */
  unfolded<Subject>(rows: readonly Row<Subject>[]): readonly Row<Subject>[] {
    return rows.map(row => {
      const { children } = row;
      if (!children) return row;
      if (row.expansion === 'expanded' && this.of(row) === 'collapsed') return withIdPrefix('found/', row);
      return { ...row, children: () => this.unfolded(children()) };
    });
  }
}
