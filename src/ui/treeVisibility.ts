import type * as vscode from 'vscode';
import type { Clock } from '../base/clock';
import { DisposableStore, type Disposable } from '../base/lifecycle';

/** Runs work only while a view can be seen: at once when it appears, then at an interval; what was asked for meanwhile is made up for. */
export class TreeVisibility implements Disposable {
  readonly #clock: Clock;
  readonly #view: Pick<vscode.TreeView<unknown>, 'visible'>;
  readonly #work: () => void;
  readonly #everyMs: number;
  readonly #store = new DisposableStore();
  #timer: Disposable | undefined;
  #isDue = true;

  constructor(deps: {
    readonly view: Pick<vscode.TreeView<unknown>, 'visible' | 'onDidChangeVisibility'>;
    readonly work: () => void;
    readonly everyMs: number;
    readonly clock: Clock;
  }) {
    this.#clock = deps.clock;
    this.#view = deps.view;
    this.#work = deps.work;
    this.#everyMs = deps.everyMs;
    this.#store.add(deps.view.onDidChangeVisibility(() => this.#settle()));
    this.#settle();
  }

  /** Asks for the work: now if the view is visible, else when it next is. */
  request(): void {
    this.#isDue = true;
    this.#settle();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#store.dispose();
  }

  #settle(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (!this.#view.visible) return;
    if (this.#isDue) {
      this.#isDue = false;
      this.#work();
    }
    this.#timer = this.#clock.schedule(this.#everyMs, () => this.request());
  }
}
