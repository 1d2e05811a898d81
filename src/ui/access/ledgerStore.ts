import type * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { Disposable } from '../../base/lifecycle';
import type { LedgerStore } from '../../access/ledger';

const KEY = 'ledger';
/** VS Code brings what another window wrote into this window's memory without a word: looking there costs nothing. */
const LOOK_EVERY_MS = 1000;

/** Keeps the ledger in VS Code's global state, which its windows share. Requests and times only: no secret is ever in it. */
export class GlobalLedgerStore implements LedgerStore, Disposable {
  readonly #state: vscode.Memento;
  readonly #clock: Clock;
  readonly #didChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#didChange.event;
  #seen: unknown;
  #timer: Disposable | undefined;

  constructor(deps: { readonly state: vscode.Memento; readonly clock: Clock }) {
    this.#state = deps.state;
    this.#clock = deps.clock;
    this.#seen = this.load();
    this.#arm();
  }

  load(): unknown {
    return this.#state.get<unknown>(KEY);
  }

  save(value: unknown): void {
    // VS Code writes it in its own time and has it in memory at once; a failure to write is VS Code's to report.
    void this.#state.update(KEY, value);
    this.#seen = this.load();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#didChange.dispose();
  }

  #arm(): void {
    this.#timer = this.#clock.schedule(LOOK_EVERY_MS, () => {
      this.#arm();
      const found = this.load();
      if (found === this.#seen) return;
      this.#seen = found;
      this.#didChange.fire();
    });
  }
}
