import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Grant } from '../../access/grant';
import type { GrantLedger } from '../../access/ledger';
import { coversAllOf } from '../../access/reach';
import type { CloseReason } from '../../ssm/closeReason';
import { grantEndText } from '../model/access/grantEndText';
import type { SessionHub } from './sessionHub';

/** Ties sessions to grants: when a grant ends its sessions end and say why, unless another grant for the same has taken over. */
export class SessionBinding implements Disposable {
  readonly #hub: SessionHub;
  readonly #ledger: GrantLedger;
  readonly #clock: Clock;
  readonly #store = new DisposableStore();

  constructor(deps: { readonly hub: SessionHub; readonly ledger: GrantLedger; readonly clock: Clock }) {
    this.#hub = deps.hub;
    this.#ledger = deps.ledger;
    this.#clock = deps.clock;
    // Transitions are told to one window only; every window has to end its own sessions, so each looks at the state.
    this.#store.add(deps.ledger.onDidChange(() => this.#settle()));
  }

  /** Why the grant of this request is over; undefined while it is in force. */
  endOf(requestId: string): CloseReason | undefined {
    const grant = this.#ledger.grant(requestId);
    if (!grant || !isOver(grant)) return undefined;
    return { kind: 'grant-ended', message: grantEndText(vscode.l10n, grant, this.#clock.now()) };
  }

  dispose(): void {
    this.#store.dispose();
  }

  #settle(): void {
    for (const requestId of this.#hub.grantIds) {
      const grant = this.#ledger.grant(requestId);
      const reason = this.endOf(requestId);
      if (!grant || !reason) continue;
      const heir = this.#ledger.grants.find(
        other =>
          other.requestId !== requestId &&
          other.phase === 'active' &&
          other.flowId === grant.flowId &&
          other.targetId === grant.targetId &&
          coversAllOf(other, grant),
      );
      if (heir) this.#hub.rebind(requestId, heir.requestId);
      else void this.#hub.endOfGrant(requestId, reason);
    }
  }
}

function isOver(grant: Grant): boolean {
  return grant.phase === 'ending' || grant.phase === 'ended';
}
