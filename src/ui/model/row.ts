/** A tooltip: facts under a heading. Values are shown as plain text, whatever characters they hold. */
export interface Card {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly notes?: readonly string[];
}

/** One line of a tree as plain data: what it shows, what may be done with it, what it stands for. */
export interface Row<Subject> {
  /**
   * Unique in its tree, stable over refreshes, so that expansion and selection survive them, and telling where the row stands: VS Code
   * refuses a tree in which an id moves from one parent to another.
   */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon: { readonly id: string; readonly color?: string };
  readonly tooltip?: Card;
  /** Words, separated by spaces, that menus look for: `instance shell forward request`. */
  readonly capabilities: readonly string[];
  /** What a screen reader says; states by word, never by icon alone. */
  readonly spoken: string;
  /** Absent for a leaf. */
  readonly expansion?: 'expanded' | 'collapsed';
  /** Made when the row is opened. */
  readonly children?: () => readonly Row<Subject>[];
  /** Run when the row is clicked or entered. */
  readonly command?: { readonly id: string; readonly title: string };
  readonly subject: Subject;
}

/** Another row that shows the same, with all that is below it: for an editor that keeps the fold and the parent of a row by its id. */
export function withIdPrefix<Subject>(prefix: string, row: Row<Subject>): Row<Subject> {
  const { children } = row;
  const other = { ...row, id: prefix + row.id };
  return children
    ? { ...other, children: () => children().map(child => withIdPrefix(prefix, child)) }
    : other;
}
