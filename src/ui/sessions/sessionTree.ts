import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { sessionRows } from '../model/sessions/sessionTreeModel';
import { RowTree } from '../workbench/rowTree';
import type { SessionHub } from './sessionHub';

/** Bytes and ages change all the time; the view follows at this pace. */
const FOLLOW_EVERY_MS = 10_000;

/** The view of open shells and forwards. */
export class SessionTree implements Disposable {
  readonly #store = new DisposableStore();
  readonly #clock: Clock;
  readonly #draw: () => void;
  #timer: Disposable | undefined;

  constructor(deps: { readonly hub: SessionHub; readonly clock: Clock }) {
    const { hub, clock } = deps;
    this.#clock = clock;
    const tree = this.#store.add(new RowTree(() => sessionRows(vscode.l10n, hub.sessions, clock.now())));
    const view = this.#store.add(
      vscode.window.createTreeView('jitAccess.sessions', { treeDataProvider: tree }),
    );
    this.#draw = () => {
      tree.refresh();
      this.#timer?.dispose();
      this.#timer =
        view.visible && hub.sessions.length > 0
          ? this.#clock.schedule(FOLLOW_EVERY_MS, () => this.#draw())
          : undefined;
    };
    this.#store.add(hub.onDidChange(() => this.#draw()));
    this.#store.add(view.onDidChangeVisibility(() => this.#draw()));
    this.#draw();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#store.dispose();
  }
}
