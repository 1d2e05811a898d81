import { messageOf } from '../base/errors';
import { Emitter, type Event } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { LedgerTransition } from './ledgerTransition';

/** Tells transitions in their order, also when a listener causes the next one while it is being told. */
export class TransitionTeller implements Disposable {
  readonly #log: Log;
  readonly #didTransition = new Emitter<LedgerTransition>();
  readonly #untold: LedgerTransition[] = [];
  #telling = false;

  readonly onDidTransition: Event<LedgerTransition> = this.#didTransition.event;

  constructor(log: Log) {
    this.#log = log;
  }

  add(transitions: readonly LedgerTransition[]): void {
    this.#untold.push(...transitions);
  }

  tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#untold.shift(); next; next = this.#untold.shift()) this.#fire(next);
    } finally {
      this.#telling = false;
    }
  }

  dispose(): void {
    this.#untold.length = 0;
    this.#didTransition.dispose();
  }

  #fire(transition: LedgerTransition): void {
    try {
      this.#didTransition.fire(transition);
    } catch (failure) {
      this.#log.error(`A listener failed on "${transition.kind}"`, messageOf(failure));
    }
  }
}
