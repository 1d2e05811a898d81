import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifecycle';
import type { Card, Row } from '../model/row';
import { ShownRows, type ShownRow } from '../model/shownRows';

/** Shows rows as a tree. The rows are made when VS Code asks for them, and it is told of no more than what differs afterwards. */
export class RowTree<Subject> implements vscode.TreeDataProvider<ShownRow<Subject>>, Disposable {
  readonly #shown: ShownRows<Subject>;
  readonly #changed = new vscode.EventEmitter<ShownRow<Subject>[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #ready: (() => Promise<void>) | undefined;
  readonly #expansionOf: (row: Row<unknown>) => Row<unknown>['expansion'];
  #onFirstRows: (() => void) | undefined;

  constructor(
    rows: () => readonly Row<Subject>[],
    options: {
      /** What the rows at the top are waited for, so that none are drawn twice. */
      readonly ready?: () => Promise<void>;
      /** Told once, when all is given that the first drawing takes; that may be no row. */
      readonly onFirstRows?: () => void;
      /** How a row that is new to the editor stands; it keeps the state of one that it has. The row's own word unless given. */
      readonly expansionOf?: (row: Row<unknown>) => Row<unknown>['expansion'];
    } = {},
  ) {
    this.#shown = new ShownRows(rows);
    this.#ready = options.ready;
    this.#onFirstRows = options.onFirstRows;
    this.#expansionOf = options.expansionOf ?? (row => row.expansion);
  }

  /** Has VS Code ask again for what is different now. */
  refresh(): void {
    const redrawing = this.#shown.update();
    if (redrawing === 'all') this.#changed.fire(undefined);
    else if (redrawing.length > 0) this.#changed.fire([...redrawing]);
  }

  async getChildren(shown?: ShownRow<Subject>): Promise<ShownRow<Subject>[]> {
    if (!shown) await this.#ready?.();
    const rows = this.#shown.childrenOf(shown);
    // What stands open is drawn together with the rows below it.
    const isDrawn = shown !== undefined || !rows.some(({ row }) => this.#expansionOf(row) === 'expanded');
    if (isDrawn) {
      this.#onFirstRows?.();
      this.#onFirstRows = undefined;
    }
    return [...rows];
  }

  getTreeItem(shown: ShownRow<Subject>): vscode.TreeItem {
    const { row } = shown;
    const item = new vscode.TreeItem(row.label, collapsibleState(this.#expansionOf(row)));
    item.id = row.id;
    if (row.description !== undefined) item.description = row.description;
    item.iconPath = row.icon.color
      ? new vscode.ThemeIcon(row.icon.id, new vscode.ThemeColor(row.icon.color))
      : new vscode.ThemeIcon(row.icon.id);
    item.contextValue = row.capabilities.join(' ');
    item.accessibilityInformation = { label: row.spoken };
    if (row.command) item.command = { command: row.command.id, title: row.command.title, arguments: [shown] };
    return item;
  }

  /** Cards are written when somebody looks. Without one VS Code shows label and description again; that is what the rest needs. */
  resolveTreeItem(item: vscode.TreeItem, shown: ShownRow<Subject>): vscode.TreeItem {
    const card = this.#shown.cardOf(shown);
    if (card) item.tooltip = cardMarkdown(card);
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function collapsibleState(expansion: Row<unknown>['expansion']): vscode.TreeItemCollapsibleState {
  switch (expansion) {
    case 'expanded':
      return vscode.TreeItemCollapsibleState.Expanded;
    case 'collapsed':
      return vscode.TreeItemCollapsibleState.Collapsed;
    default:
      return vscode.TreeItemCollapsibleState.None;
  }
}

/** Values come from AWS and from people, so they go in as text: no markup, links or images of theirs. */
function cardMarkdown(card: Card): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  markdown.appendMarkdown('**').appendText(card.title).appendMarkdown('**\n\n');
  for (const [label, value] of card.facts) {
    appendWords(markdown, `${label}: ${value}`);
    markdown.appendMarkdown('  \n');
  }
  for (const note of card.notes ?? []) {
    markdown.appendMarkdown('\n\n');
    appendWords(markdown, note);
  }
  return markdown;
}

/** `appendText` makes every space one at which no line is broken, so that long sentences would be broken within words. */
function appendWords(markdown: vscode.MarkdownString, text: string): void {
  for (const [at, word] of text.split(' ').entries()) {
    if (at > 0) markdown.appendMarkdown(' ');
    markdown.appendText(word);
  }
}
