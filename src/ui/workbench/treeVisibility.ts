import type * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';

/**
 * Runs work only while a view can be seen: when it appears, unless it was done less than an interval ago, and then at the interval. What was
 * asked for while nobody looked is made up for.
 */
export class TreeVisibility implements Disposable {
  readonly #clock: Clock;
  readonly #view: Pick<vscode.TreeView<unknown>, 'visible'>;
  readonly #work: () => void;
  readonly #everyMs: number;
  readonly #store = new DisposableStore();
  #timer: Disposable | undefined;
  /** Epoch milliseconds; at once to begin with. */
  #dueAt = 0;

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
    this.#dueAt = 0;
    this.#settle();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#store.dispose();
  }

  #settle(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#store.isDisposed || !this.#view.visible) return;
    const now = this.#clock.now();
    // A clock that was set back must not put the next look off for long.
    if (now >= this.#dueAt || this.#dueAt > now + this.#everyMs) {
      this.#dueAt = now + this.#everyMs;
      this.#work();
    }
    this.#timer = this.#clock.schedule(this.#dueAt - now, () => this.#settle());
  }
}
