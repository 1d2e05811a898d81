import * as vscode from 'vscode';
import type { Disposable } from '../base/lifecycle';
import type { Card, Row } from './model/row';

/** Shows rows as a tree. The rows are made when VS Code asks for them, and only then. */
export class RowTree<Subject> implements vscode.TreeDataProvider<Row<Subject>>, Disposable {
  readonly #rows: () => readonly Row<Subject>[];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  /** Parents of the rows last shown, by row id: `TreeView.reveal` asks for them. */
  readonly #parents = new Map<string, Row<Subject> | undefined>();

  constructor(rows: () => readonly Row<Subject>[]) {
    this.#rows = rows;
  }

  /** Has VS Code ask again. */
  refresh(): void {
    this.#changed.fire();
  }

  getChildren(row?: Row<Subject>): Row<Subject>[] {
    const children = row ? (row.children?.() ?? []) : this.#rows();
    if (!row) this.#parents.clear();
    for (const child of children) this.#parents.set(child.id, row);
    return [...children];
  }

  getParent(row: Row<Subject>): Row<Subject> | undefined {
    return this.#parents.get(row.id);
  }

  getTreeItem(row: Row<Subject>): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label, collapsibleState(row));
    item.id = row.id;
    if (row.description !== undefined) item.description = row.description;
    item.iconPath = row.icon.color
      ? new vscode.ThemeIcon(row.icon.id, new vscode.ThemeColor(row.icon.color))
      : new vscode.ThemeIcon(row.icon.id);
    item.contextValue = row.capabilities.join(' ');
    item.accessibilityInformation = { label: row.spoken };
    if (row.command) item.command = { command: row.command.id, title: row.command.title, arguments: [row] };
    return item;
  }

  /** The card is made for the row that is pointed at, and for no other. Without one VS Code shows label and description again. */
  resolveTreeItem(item: vscode.TreeItem, row: Row<Subject>): vscode.TreeItem {
    if (row.tooltip) item.tooltip = cardMarkdown(row.tooltip);
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function collapsibleState(row: Row<unknown>): vscode.TreeItemCollapsibleState {
  switch (row.expansion) {
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
    markdown.appendText(`${label}: `).appendText(value).appendMarkdown('  \n');
  }
  for (const note of card.notes ?? []) markdown.appendMarkdown('\n\n').appendText(note);
  return markdown;
}
