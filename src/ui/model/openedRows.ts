import type { Row } from './row';

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
}
