import type { Memento } from 'vscode';

/** One thing that is kept in VS Code's storage of this machine, which its windows share and which is not synchronised to others. */
export class MementoStore {
  readonly #state: Memento;
  readonly #key: string;

  constructor(state: Memento, key: string) {
    this.#state = state;
    this.#key = key;
  }

  load(): unknown {
    return this.#state.get<unknown>(this.#key);
  }

  save(value: unknown): void {
    // VS Code writes it in its own time and has it in memory at once; a failure to write is VS Code's to report.
    void this.#state.update(this.#key, value);
  }
}
