import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Event } from '../../base/events';
import type { Log } from '../../base/log';
import type { GrantLedger } from '../../access/ledger';
import type { ContextKeys } from '../workbench/contextKeys';
import type { Finding } from './finding';
import type { Grouping } from '../model/instances/grouping';
import { emptiness, instanceRows } from '../model/instances/instanceTreeModel';
import type { InstanceSubject } from '../model/instances/instanceSubject';
import type { InstanceTreeState } from '../model/instances/instanceTreeState';
import type { Inventory } from '../model/instances/inventory';
import { asOfText, offlineError, oldestKnown } from '../model/instances/inventoryAge';
import { ageText, minuteChangeMs } from '../model/timeText';
import { treeSize, withinBudget } from '../model/instances/rowBudget';
import type { ShownRow } from '../model/shownRows';
import { RowTree } from '../workbench/rowTree';
import { TreeVisibility } from '../workbench/treeVisibility';

/** While the view can be seen, instances are listed again this often. */
const REFRESH_EVERY_MS = 60_000;

/** Answers come in bursts, and each drawing makes VS Code ask for every open row again. */
const DRAW_EVERY_MS = 250;

export interface InstanceTreeDeps {
  readonly inventory: Inventory;
  readonly ledger: GrantLedger;
  readonly finding: Finding;
  readonly keys: ContextKeys;
  readonly clock: Clock;
  readonly log: Log;
  /** Sign-ins, files and settings: whatever makes the last listing stale. */
  readonly onDidBecomeStale: Event<void>;
}

/** The view of instances, with its welcome texts and the line that says what the filter is. */
export class InstanceTree implements Disposable {
  readonly #deps: InstanceTreeDeps;
  readonly #store = new DisposableStore();
  readonly #tree: RowTree<InstanceSubject>;
  readonly #view: vscode.TreeView<ShownRow<InstanceSubject>>;
  readonly #visibility: TreeVisibility;
  #minute: Disposable | undefined;
  #nextDrawing: Disposable | undefined;
  #drawnConfig: unknown;

  constructor(deps: InstanceTreeDeps) {
    this.#deps = deps;
    const { filter, grouping, memory, opened } = deps.finding;
    // What is opened and folded under a filter is for that filter only.
    const isWhole = () => filter.text === '';
    let askedAt: number | undefined;
    this.#tree = this.#store.add(
      new RowTree(() => this.#rows(), {
        ready: async () => {
          if (askedAt !== undefined) return;
          askedAt = deps.clock.now();
          await deps.inventory.whenKnown();
          deps.log.info(`Instances: known ${deps.clock.now() - askedAt} ms after they were asked for.`);
        },
        onFirstRows: () => deps.inventory.markDrawn(),
        expansionOf: row => (isWhole() ? opened.of(row) : row.expansion),
      }),
    );
    this.#view = this.#store.add(
      vscode.window.createTreeView('jitAccess.instances', {
        treeDataProvider: this.#tree,
      }),
    );
    const note = (expansion: 'expanded' | 'collapsed') => (event: { element: ShownRow<InstanceSubject> }) => {
      if (isWhole()) opened.note(event.element.row.id, expansion);
    };
    this.#store.add(this.#view.onDidExpandElement(note('expanded')));
    this.#store.add(this.#view.onDidCollapseElement(note('collapsed')));
    this.#visibility = this.#store.add(
      new TreeVisibility({
        view: this.#view,
        work: () => void this.#refreshWithProgress(),
        everyMs: REFRESH_EVERY_MS,
        clock: deps.clock,
      }),
    );
    this.#store.add(deps.inventory.onDidChange(() => this.#drawSoon()));
    this.#store.add(deps.ledger.onDidChange(() => this.#draw()));
    for (const own of [filter, grouping, memory]) {
      this.#store.add(own.onDidChange(() => this.#draw()));
    }
    this.#store.add(deps.onDidBecomeStale(() => this.#visibility.request()));
    this.#draw();
  }

  dispose(): void {
    this.#minute?.dispose();
    this.#nextDrawing?.dispose();
    this.#store.dispose();
  }

  #rows() {
    const state = this.#state();
    const size = treeSize(state);
    const rows = withinBudget(vscode.l10n, instanceRows(vscode.l10n, state, size), size);
    return state.filter === '' ? rows : this.#deps.finding.opened.unfolded(rows);
  }

  #state(): InstanceTreeState {
    const { inventory, finding } = this.#deps;
    const { context, filter, grouping, search } = finding;
    return {
      ...context(),
      inventory: inventory.snapshot,
      find: key => inventory.find(key),
      filter: filter.text,
      grouping: grouping.current,
      search,
    };
  }

  async #refreshWithProgress(): Promise<void> {
    const { inventory } = this.#deps;
    const refreshed = inventory.keepFresh();
    // What is known is drawn first, and nothing shown beside it that would hold it up.
    await inventory.whenAsked();
    await vscode.window.withProgress({ location: { viewId: 'jitAccess.instances' } }, () => refreshed);
  }

  #drawSoon(): void {
    const { inventory, clock } = this.#deps;
    // New accounts or sign-ins, the saved inventory among them, are awaited; the rest follows at a calm pace.
    if (inventory.snapshot.config !== this.#drawnConfig) this.#draw();
    else this.#nextDrawing ??= clock.schedule(DRAW_EVERY_MS, () => this.#draw());
  }

  #draw(): void {
    const { keys, inventory, finding, clock, ledger } = this.#deps;
    const { filter } = finding;
    this.#nextDrawing?.dispose();
    this.#nextDrawing = undefined;
    const state = this.#state();
    const { config, sessions } = inventory.snapshot;
    this.#drawnConfig = config;
    const since = oldestKnown(inventory.snapshot, state.now);
    const signedIn = sessions.some(({ signIn }) => signIn.kind === 'signedIn');
    const reason = emptiness(state);
    keys.set('jitAccess.inventory', reason);
    keys.set(
      'jitAccess.hasProfiles',
      sessions.some(({ profiles }) => profiles.length > 0),
    );
    keys.set('jitAccess.signedIn', signedIn);
    keys.set('jitAccess.filtered', filter.text !== '');
    // `undefined` takes the line away; the type of VS Code 1.100 does not say so, its documentation does.
    const view = this.#view as { message: string | undefined; description: string | undefined };
    // A message would take the place of the welcome text.
    const message = reason === 'ready' ? this.#message(signedIn, since, state.now) : undefined;
    // Whatever is set is sent, and laid out anew.
    if ((view.message || undefined) !== message) view.message = message;
    // Beside the title and not as the message, for the same reason.
    const age = since === undefined ? '' : asOfText(vscode.l10n, since, state.now);
    const group = groupingText(state.grouping);
    const description = [filter.text, group, age].filter(Boolean).join(' · ') || undefined;
    if (view.description !== description) view.description = description;
    this.#tree.refresh();
    // "29 min left" and "3 min ago" are in some labels: they follow once a minute while there is something to count.
    this.#minute?.dispose();
    const active = ledger.grants.filter(grant => grant.phase === 'active');
    const ends = active.flatMap(({ effectiveEndsAt }) => effectiveEndsAt ?? []);
    this.#minute =
      since !== undefined || active.length > 0
        ? clock.schedule(minuteChangeMs(ends, state.now), () => this.#draw())
        : undefined;
  }

  #message(signedIn: boolean, since: number | undefined, now: number): string | undefined {
    const { snapshot } = this.#deps.inventory;
    const { config, sessions } = snapshot;
    if (since !== undefined && offlineError(snapshot)) {
      const age = ageText(vscode.l10n, now - since);
      return vscode.l10n.t('AWS cannot be reached. This is what was known {0} ago.', age);
    }
    const anyProfiles = sessions.some(({ profiles }) => profiles.length > 0);
    if (config && anyProfiles && !signedIn) return vscode.l10n.t('You are not signed in to AWS.');
    return undefined;
  }
}

/** Nothing for what goes without saying. */
function groupingText(grouping: Grouping): string {
  switch (grouping.kind) {
    case 'account':
      return '';
    case 'region':
      return vscode.l10n.t('by region');
    case 'tag':
      return vscode.l10n.t('by {0}', grouping.key);
  }
}
