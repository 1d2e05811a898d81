import * as vscode from 'vscode';
import type { Clock } from '../base/clock';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { GrantLedger } from '../access/ledger';
import { accessRows } from './model/accessTreeModel';
import { minuteChangeMs } from './model/timeText';
import { RowTree } from './rowTree';

/** The view of requests and grants. */
export class AccessTree implements Disposable {
  readonly #store = new DisposableStore();
  readonly #clock: Clock;
  readonly #draw: () => void;
  #minute: Disposable | undefined;

  constructor(deps: { readonly ledger: GrantLedger; readonly clock: Clock }) {
    const { ledger, clock } = deps;
    this.#clock = clock;
    const rows = () =>
      accessRows(vscode.l10n, { requests: ledger.requests, grants: ledger.grants, now: clock.now() });
    const tree = this.#store.add(new RowTree(rows));
    const view = this.#store.add(
      vscode.window.createTreeView('jitAccess.access', { treeDataProvider: tree }),
    );
    this.#draw = () => {
      tree.refresh();
      const active = ledger.grants.filter(grant => grant.phase === 'active').length;
      // A badge of nothing takes it away; VS Code 1.100 types it as optional.
      (view as { badge: vscode.ViewBadge | undefined }).badge =
        active === 0
          ? undefined
          : {
              value: active,
              tooltip:
                active === 1 ? vscode.l10n.t('1 active grant') : vscode.l10n.t('{0} active grants', active),
            };
      this.#armMinute(ledger);
    };
    this.#store.add(ledger.onDidChange(() => this.#draw()));
    this.#draw();
  }

  dispose(): void {
    this.#minute?.dispose();
    this.#store.dispose();
  }

  /** Times left and waited follow once a minute, while something counts. */
  #armMinute(ledger: GrantLedger): void {
    this.#minute?.dispose();
    const counts =
      ledger.grants.some(grant => grant.phase === 'active') ||
      ledger.requests.some(request => request.phase === 'pending' || request.phase === 'submitted');
    const ends = ledger.grants.flatMap(grant =>
      grant.phase === 'active' ? (grant.effectiveEndsAt ?? []) : [],
    );
    this.#minute = counts
      ? this.#clock.schedule(minuteChangeMs(ends, this.#clock.now()), () => this.#draw())
      : undefined;
  }
}
