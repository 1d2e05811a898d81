import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { GrantLedger } from '../../access/ledger';
import { statusText } from '../model/access/statusText';

/** The time left, in the status bar; there only when there is something to say. */
export class StatusBar implements Disposable {
  readonly #ledger: GrantLedger;
  readonly #clock: Clock;
  readonly #warnBeforeMs: () => readonly number[];
  readonly #store = new DisposableStore();
  readonly #item: vscode.StatusBarItem;
  #timer: Disposable | undefined;

  constructor(deps: {
    readonly ledger: GrantLedger;
    readonly clock: Clock;
    /** The warning background comes with the first warning. */
    readonly warnBeforeMs: () => readonly number[];
  }) {
    this.#warnBeforeMs = deps.warnBeforeMs;
    this.#ledger = deps.ledger;
    this.#clock = deps.clock;
    this.#item = this.#store.add(
      vscode.window.createStatusBarItem('jitAccess.grant', vscode.StatusBarAlignment.Left, 50),
    );
    this.#item.name = vscode.l10n.t('JIT Access');
    this.#item.command = { command: 'jitAccess.grant.menu', title: vscode.l10n.t('Show Access Menu') };
    this.#store.add(deps.ledger.onDidChange(() => this.#draw()));
    this.#draw();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#store.dispose();
  }

  #draw(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    const status = statusText(vscode.l10n, {
      requests: this.#ledger.requests,
      grants: this.#ledger.grants,
      now: this.#clock.now(),
      warnBelowMs: Math.max(0, ...this.#warnBeforeMs()),
    });
    if (!status) {
      this.#item.hide();
      return;
    }
    this.#item.text = status.text;
    this.#item.tooltip = status.tooltip;
    this.#item.accessibilityInformation = { label: status.spoken, role: 'button' };
    this.#item.backgroundColor =
      status.background &&
      new vscode.ThemeColor(
        status.background === 'emergency'
          ? 'statusBarItem.errorBackground'
          : 'statusBarItem.warningBackground',
      );
    this.#item.show();
    if (status.nextChangeMs !== undefined) {
      this.#timer = this.#clock.schedule(status.nextChangeMs, () => this.#draw());
    }
  }
}
