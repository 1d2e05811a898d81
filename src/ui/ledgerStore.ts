import type * as vscode from 'vscode';
import type { LedgerStore } from '../access/ledger';

const KEY = 'ledger';

/** Keeps the ledger in VS Code's global state. Requests and times only: no secret is ever in it. */
export function ledgerStore(state: vscode.Memento): LedgerStore {
  return {
    load: () => state.get<unknown>(KEY),
    // VS Code writes it in its own time and has it in memory at once; a failure to write is VS Code's to report.
    save: value => void state.update(KEY, value),
  };
}
