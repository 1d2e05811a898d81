import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { sessionRows } from '../model/sessions/sessionTreeModel';
import { RowTree } from '../workbench/rowTree';
import type { SessionHub } from './sessionHub';

/** While sessions are open and the view is seen, it follows the bytes that pass at this pace. */
const FOLLOW_EVERY_MS = 1000;
/** Ages alone are no reason to draw so often: a card that somebody reads would be drawn anew with each. */
const AGES_EVERY_MS = 10_000;

/** The view of open shells and forwards. */
export class SessionTree implements Disposable {
  readonly #store = new DisposableStore();
  readonly #hub: SessionHub;
  readonly #clock: Clock;
  readonly #tree: RowTree<unknown>;
  readonly #view: vscode.TreeView<unknown>;
  #timer: Disposable | undefined;
  #drawnAt = 0;
  #drawnBytes = 0;

  constructor(deps: { readonly hub: SessionHub; readonly clock: Clock }) {
    const { hub, clock } = deps;
    this.#hub = hub;
    this.#clock = clock;
    this.#tree = this.#store.add(new RowTree(() => sessionRows(vscode.l10n, hub.sessions, clock.now())));
    this.#view = this.#store.add(
      vscode.window.createTreeView('jitAccess.sessions', { treeDataProvider: this.#tree }),
    );
    this.#store.add(hub.onDidChange(() => this.#draw()));
    this.#store.add(this.#view.onDidChangeVisibility(() => this.#draw()));
    this.#draw();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#store.dispose();
  }

  #draw(): void {
    this.#drawnAt = this.#clock.now();
    this.#drawnBytes = this.#bytes;
    this.#tree.refresh();
    this.#follow();
  }

  #follow(): void {
    this.#timer?.dispose();
    this.#timer =
      this.#view.visible && this.#hub.sessions.length > 0
        ? this.#clock.schedule(FOLLOW_EVERY_MS, () => this.#look())
        : undefined;
  }

  #look(): void {
    const isOld = this.#clock.now() - this.#drawnAt >= AGES_EVERY_MS;
    if (isOld || this.#bytes !== this.#drawnBytes) this.#draw();
    else this.#follow();
  }

  /** All that has passed through the sessions that are open. */
  get #bytes(): number {
    return this.#hub.sessions.reduce((sum, { bytes }) => sum + (bytes ? bytes.sent + bytes.received : 0), 0);
  }
}
