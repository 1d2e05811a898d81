import type * as vscode from 'vscode';
import { Emitter, type Event } from '../../base/events';

const KEY = 'instances.filter';

/** The filter of the instance tree, kept for the workspace. */
export class InstanceFilter {
  readonly #state: vscode.Memento;
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  #tried: string | undefined;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  /** What the tree is filtered by now; empty when nothing is filtered. */
  get text(): string {
    return this.#tried ?? this.kept;
  }

  /** What stays when nothing is tried. */
  get kept(): string {
    return this.#state.get<string>(KEY, '');
  }

  /** Filters by this until it is set, or given up by `undefined`. */
  try(text: string | undefined): void {
    const before = this.text;
    this.#tried = text?.trim();
    if (this.text !== before) this.#onDidChange.fire();
  }

  set(text: string): void {
    this.#tried = undefined;
    void this.#state.update(KEY, text.trim());
    this.#onDidChange.fire();
  }
}
