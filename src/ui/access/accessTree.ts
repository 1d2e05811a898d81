import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Flow } from '../../access/flow';
import type { GrantLedger } from '../../access/ledger';
import type { RequestMemory } from '../../access/requestMemory';
import type { ReviewBook } from '../../access/reviewBook';
import { accessRows, type AccessSubject } from '../model/access/accessTreeModel';
import { favouriteRows, reviewRows, type FavouriteSubject } from '../model/access/accessTreeRows';
import type { Row } from '../model/row';
import { minuteChangeMs } from '../model/timeText';
import { RowTree } from '../workbench/rowTree';

/** The view of requests and grants. */
export class AccessTree implements Disposable {
  readonly #store = new DisposableStore();
  readonly #clock: Clock;
  readonly #draw: () => void;
  #minute: Disposable | undefined;

  constructor(deps: {
    readonly ledger: GrantLedger;
    readonly reviews: ReviewBook;
    readonly memory: RequestMemory;
    readonly flows: () => readonly Flow[];
    readonly clock: Clock;
  }) {
    const { ledger, reviews, memory, flows, clock } = deps;
    this.#clock = clock;
    const { l10n } = vscode;
    const rows = (): Row<AccessSubject | FavouriteSubject>[] => [
      ...reviewRows(l10n, reviews.items),
      ...accessRows(l10n, {
        requests: ledger.requests,
        grants: ledger.grants,
        canCancel: requestId => ledger.canCancel(requestId),
        now: clock.now(),
      }),
      ...favouriteRows(l10n, memory.favourites, flows()),
    ];
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
    for (const source of [ledger.onDidChange, reviews.onDidChange, memory.onDidChange]) {
      this.#store.add(source(() => this.#draw()));
    }
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
