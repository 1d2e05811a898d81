import type * as vscode from 'vscode';
import { Emitter, type Event } from '../base/events';

const KEY = 'instances.filter';

/** The filter of the instance tree, kept for the workspace. */
export class InstanceFilter {
  readonly #state: vscode.Memento;
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  /** Empty when nothing is filtered. */
  get text(): string {
    return this.#state.get<string>(KEY, '');
  }

  set(text: string): void {
    void this.#state.update(KEY, text.trim());
    this.#onDidChange.fire();
  }
}
