import { networkInterfaces } from 'node:os';
import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import type { Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import type { GrantLedger } from '../../access/ledger';
import { WakeWatch } from '../model/wakeWatch';

/** A person who goes back and forth between windows need not be served more often than the brokers are asked anyway. */
const FOCUS_PAUSE_MS = 10_000;

/** Lets the ledger look again at once, whenever what it knows may be out of date or what could not be asked may be answered now. */
export class LedgerRecheck implements Disposable {
  readonly #store = new DisposableStore();

  /** `sources`: a sign-in, a new token, changed settings. */
  constructor(deps: {
    readonly ledger: GrantLedger;
    readonly sources: readonly Event<unknown>[];
    readonly clock: Clock;
    readonly log: Log;
  }) {
    const { ledger, clock, log } = deps;
    for (const source of deps.sources) this.#store.add(source(() => ledger.recheck()));
    const wake = this.#store.add(new WakeWatch({ clock, addresses }));
    this.#store.add(
      wake.onDidWake(what => {
        log.info(what === 'clock' ? 'The clock jumped: looking again' : 'The network changed: looking again');
        ledger.recheck();
      }),
    );
    let lookedAt = Number.NEGATIVE_INFINITY;
    this.#store.add(
      vscode.window.onDidChangeWindowState(({ focused }) => {
        const now = clock.now();
        if (!focused || Math.abs(now - lookedAt) < FOCUS_PAUSE_MS) return;
        lookedAt = now;
        ledger.recheck();
      }),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }
}

function addresses(): string {
  return Object.values(networkInterfaces())
    .flatMap(found => found ?? [])
    .flatMap(({ address, internal }) => (internal ? [] : [address]))
    .sort()
    .join(' ');
}
