import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import type { Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Instance } from '../../access/instance';
import type { ContextKeys } from '../workbench/contextKeys';
import type { Inbox } from '../model/access/inbox';
import { inboxRows } from '../model/access/inboxRows';
import { RowTree } from '../workbench/rowTree';
import { TreeVisibility } from '../workbench/treeVisibility';

const { l10n } = vscode;

/** While somebody looks: a request waits for minutes, not for seconds. */
const REFRESH_EVERY_MS = 30_000;

/** The view of what waits for this person's decision: there only for whoever may decide, and read only while it can be seen. */
export class InboxTree implements Disposable {
  readonly #store = new DisposableStore();
  readonly #draw: () => void;

  constructor(deps: {
    readonly inbox: Inbox;
    readonly findInstance: (key: string) => Instance | undefined;
    /** Whether a request was sent by this person, who cannot decide about it. */
    readonly isOwn: (requestId: string) => boolean;
    readonly keys: ContextKeys;
    readonly clock: Clock;
    /** Names and tags of instances changed. */
    readonly onDidChangeInstances: Event<void>;
    /** Sign-ins and settings: whatever makes the last reading stale. */
    readonly onDidBecomeStale: Event<void>;
  }) {
    const { inbox, findInstance, isOwn, keys, clock } = deps;
    const tree = this.#store.add(
      new RowTree(() => inboxRows(l10n, { inbox: inbox.snapshot, findInstance, isOwn, now: clock.now() })),
    );
    const view = this.#store.add(
      vscode.window.createTreeView('jitAccess.approvals', { treeDataProvider: tree }),
    );
    const visibility = this.#store.add(
      new TreeVisibility({ view, work: () => void inbox.refresh(), everyMs: REFRESH_EVERY_MS, clock }),
    );
    this.#draw = () => {
      const { isApprover, wasRead, pending } = inbox.snapshot;
      const decidable = pending.filter(({ id }) => !isOwn(id)).length;
      keys.set('jitAccess.approver', isApprover);
      keys.set('jitAccess.approvals', wasRead ? 'read' : 'unread');
      // A badge of nothing takes it away; VS Code 1.100 types it as optional.
      (view as { badge: vscode.ViewBadge | undefined }).badge =
        decidable === 0
          ? undefined
          : {
              value: decidable,
              tooltip:
                decidable === 1
                  ? l10n.t('1 request waits for your approval')
                  : l10n.t('{0} requests wait for your approval', decidable),
            };
      tree.refresh();
    };
    this.#store.add(inbox.onDidChange(() => this.#draw()));
    this.#store.add(
      deps.onDidChangeInstances(() => {
        void inbox.findRole();
        tree.refresh();
      }),
    );
    this.#store.add(deps.onDidBecomeStale(() => visibility.request()));
    this.#draw();
  }

  dispose(): void {
    this.#store.dispose();
  }
}
