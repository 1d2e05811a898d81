import * as vscode from 'vscode';
import type { Clock } from '../base/clock';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Event } from '../base/events';
import type { Flow } from '../access/flow';
import type { GrantLedger } from '../access/ledger';
import type { ContextKeys } from './contextKeys';
import type { InstanceFilter } from './instanceFilter';
import {
  emptiness,
  instanceRows,
  type InstanceSubject,
  type InstanceTreeState,
} from './model/instanceTreeModel';
import type { Inventory } from './model/inventory';
import type { Row } from './model/row';
import { RowTree } from './rowTree';
import { TreeVisibility } from './treeVisibility';

/** While the view can be seen, instances are listed again this often. */
const REFRESH_EVERY_MS = 60_000;

export interface InstanceTreeDeps {
  readonly inventory: Inventory;
  readonly ledger: GrantLedger;
  readonly flows: () => readonly Flow[];
  readonly filter: InstanceFilter;
  readonly keys: ContextKeys;
  readonly clock: Clock;
  /** Sign-ins, files and settings: whatever makes the last listing stale. */
  readonly onDidBecomeStale: Event<void>;
}

/** The view of instances, with its welcome texts and the line that says what the filter is. */
export class InstanceTree implements Disposable {
  readonly #deps: InstanceTreeDeps;
  readonly #store = new DisposableStore();
  readonly #tree: RowTree<InstanceSubject>;
  readonly #view: vscode.TreeView<Row<InstanceSubject>>;
  readonly #visibility: TreeVisibility;
  #minute: Disposable | undefined;

  constructor(deps: InstanceTreeDeps) {
    this.#deps = deps;
    this.#tree = this.#store.add(new RowTree(() => instanceRows(vscode.l10n, this.#state())));
    this.#view = this.#store.add(
      vscode.window.createTreeView('jitAccess.instances', {
        treeDataProvider: this.#tree,
        showCollapseAll: true,
      }),
    );
    this.#visibility = this.#store.add(
      new TreeVisibility({
        view: this.#view,
        work: () => void this.#refreshWithProgress(),
        everyMs: REFRESH_EVERY_MS,
        clock: deps.clock,
      }),
    );
    this.#store.add(deps.inventory.onDidChange(() => this.#draw()));
    this.#store.add(deps.ledger.onDidChange(() => this.#draw()));
    this.#store.add(deps.filter.onDidChange(() => this.#draw()));
    this.#store.add(deps.onDidBecomeStale(() => this.#visibility.request()));
    this.#draw();
  }

  dispose(): void {
    this.#minute?.dispose();
    this.#store.dispose();
  }

  #state(): InstanceTreeState {
    const { inventory, ledger, flows, filter, clock } = this.#deps;
    return {
      inventory: inventory.snapshot,
      flows: flows(),
      grants: ledger.grants,
      filter: filter.text,
      now: clock.now(),
    };
  }

  async #refreshWithProgress(): Promise<void> {
    await vscode.window.withProgress({ location: { viewId: 'jitAccess.instances' } }, () =>
      this.#deps.inventory.refresh(),
    );
  }

  #draw(): void {
    const { keys, inventory, filter, clock, ledger } = this.#deps;
    const state = this.#state();
    const { sessions } = inventory.snapshot;
    const signedIn = sessions.some(({ signIn }) => signIn.kind === 'signedIn');
    keys.set('jitAccess.inventory', emptiness(state));
    keys.set(
      'jitAccess.hasProfiles',
      sessions.some(({ profiles }) => profiles.length > 0),
    );
    keys.set('jitAccess.signedIn', signedIn);
    keys.set('jitAccess.filtered', filter.text !== '');
    // `undefined` takes the line away; the type of VS Code 1.100 does not say so, its documentation does.
    const view = this.#view as { message: string | undefined; description: string | undefined };
    view.message = this.#message(signedIn);
    // Beside the title and not as the message: a message would take the place of the welcome text.
    view.description = filter.text === '' ? undefined : filter.text;
    this.#tree.refresh();
    // "29 min left" is in some labels: they follow once a minute while there is something to count.
    this.#minute?.dispose();
    this.#minute = ledger.grants.some(grant => grant.phase === 'active')
      ? clock.schedule(60_000, () => this.#draw())
      : undefined;
  }

  #message(signedIn: boolean): string | undefined {
    const { config, sessions } = this.#deps.inventory.snapshot;
    const anyProfiles = sessions.some(({ profiles }) => profiles.length > 0);
    if (config && anyProfiles && !signedIn) return vscode.l10n.t('You are not signed in to AWS.');
    return undefined;
  }
}
