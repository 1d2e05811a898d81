import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';

const SCHEME = 'jit-access-planned';

/** Shows what a file would become beside what it is, in a diff editor, before anything is written. */
export class PlannedChange implements Disposable {
  readonly #store = new DisposableStore();
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor() {
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        provideTextDocumentContent: uri => this.#texts.get(uri.path) ?? '',
      }),
    );
    this.#store.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === SCHEME) this.#texts.delete(uri.path);
      }),
    );
  }

  /** Opens the change; gives what closes it again. `title` names the editor. */
  async show(change: {
    readonly title: string;
    readonly before: string;
    readonly after: string;
  }): Promise<() => Promise<void>> {
    this.#count += 1;
    const before = this.#keep('before', change.before);
    const after = this.#keep('after', change.after);
    await vscode.commands.executeCommand('vscode.diff', before, after, change.title, { preview: true });
    return () => closeTab(after);
  }

  dispose(): void {
    this.#store.dispose();
    this.#texts.clear();
  }

  #keep(side: string, text: string): vscode.Uri {
    // The extension of the name has VS Code colour it.
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${this.#count}/${side}/config.ini` });
    this.#texts.set(uri.path, text);
    return uri;
  }
}

async function closeTab(modified: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap(group => group.tabs);
  const mine = tabs.filter(
    ({ input }) =>
      input instanceof vscode.TabInputTextDiff && input.modified.toString() === modified.toString(),
  );
  await vscode.window.tabGroups.close(mine);
}
