import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const BARE_CONTAINER = 'Bare Tree';
export const BARE_VIEW = 'Bare Rows';
export const BARE_PICKER = 'Bare Tree: Pick';

const OTHERS = ['one', 'two'].map(name => ({ id: `bareTree.${name}`, name: `Bare ${name}` }));

const MANIFEST = {
  publisher: 'jit-access',
  name: 'bare-tree',
  version: '0.0.1',
  engines: { vscode: '^1.100.0' },
  main: './main.js',
  activationEvents: ['onStartupFinished'],
  contributes: {
    viewsContainers: { activitybar: [{ id: 'bareTree', title: BARE_CONTAINER, icon: 'icon.svg' }] },
    // Beside as many others as ours has while it is drawn, which have nothing to show.
    views: { bareTree: [{ id: 'bareTree.rows', name: BARE_VIEW }, ...OTHERS] },
    commands: [{ command: 'bareTree.pick', title: BARE_PICKER }],
    viewsWelcome: OTHERS.map(({ id }) => ({ view: id, contents: 'Nothing here.\n[Log](command:noop)' })),
  },
};

const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 2h12v12H2z"/></svg>';

/** Twenty shut rows with three below each, as accounts and regions begin, each no more than a name; and a picker. */
const MAIN = `
const { commands, window, TreeItem } = require('vscode');
exports.activate = ({ subscriptions }) => {
  const collapsed = 1;
  const of = (name, count) => Array.from({ length: count }, (_, at) => name + ' ' + at);
  const accounts = of('Account', 20);
  const treeDataProvider = {
    getChildren: row => (row === undefined ? accounts : accounts.includes(row) ? of(row + ', region', 3) : []),
    getTreeItem: row => new TreeItem(row, collapsed),
  };
  subscriptions.push(window.createTreeView('bareTree.rows', { treeDataProvider }));
  // A hundred other items with each letter, as the picker of instances has.
  const pick = () => {
    const picker = window.createQuickPick();
    const draw = () => {
      picker.items = of('$(vm) ' + picker.value + ' item', 100).map(label => ({
        label,
        description: 'Ready',
        detail: label.repeat(5),
        alwaysShow: true,
      }));
    };
    picker.onDidChangeValue(draw);
    draw();
    picker.show();
  };
  subscriptions.push(commands.registerCommand('bareTree.pick', pick));
  const nothing = { getChildren: () => [], getTreeItem: row => row };
  for (const name of ['one', 'two'])
    subscriptions.push(window.createTreeView('bareTree.' + name, { treeDataProvider: nothing }));
};
`;

/** The floor of a first paint: an extension with a view whose rows are there before anybody asks. */
export class BareTree {
  /** Holds the extension. */
  readonly folder = mkdtempSync(join(tmpdir(), 'jit-bench-bare-'));

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(MANIFEST));
    writeFileSync(join(this.folder, 'icon.svg'), ICON);
    writeFileSync(join(this.folder, 'main.js'), MAIN);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
