import type * as vscode from 'vscode';
import { Emitter, type Event } from '../../base/events';
import { formatGrouping, parseGrouping, type Grouping } from '../model/instances/grouping';

const KEY = 'instances.grouping';

/** What the instances of the tree are grouped by, kept for the workspace. */
export class InstanceGrouping {
  readonly #state: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;

  constructor(state: Pick<vscode.Memento, 'get' | 'update'>) {
    this.#state = state;
  }

  get current(): Grouping {
    return parseGrouping(this.#state.get(KEY));
  }

  set(grouping: Grouping): void {
    void this.#state.update(KEY, formatGrouping(grouping));
    this.#onDidChange.fire();
  }
}
