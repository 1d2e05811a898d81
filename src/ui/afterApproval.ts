import { DisposableStore, type Disposable } from '../base/lifecycle';
import { AppError } from '../base/errors';
import type { GrantLedger, LedgerTransition } from '../access/ledger';
import type { FailureReporter } from './failureReporter';
import type { Inventory } from './model/inventory';
import type { SessionOpener } from './sessionOpener';

/** Does what a person chose in the form for the moment of activation: opens exactly the shell they asked for, and nothing else. */
export class AfterApproval implements Disposable {
  readonly #deps: {
    readonly ledger: GrantLedger;
    readonly inventory: Inventory;
    readonly opener: SessionOpener;
    readonly failures: FailureReporter;
  };
  readonly #store = new DisposableStore();

  constructor(deps: {
    ledger: GrantLedger;
    inventory: Inventory;
    opener: SessionOpener;
    failures: FailureReporter;
  }) {
    this.#deps = deps;
    this.#store.add(
      deps.ledger.onDidTransition(transition => {
        if (transition.kind === 'active') void this.#act(transition);
      }),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #act({ request }: LedgerTransition): Promise<void> {
    const { inventory, opener, failures } = this.#deps;
    if (request.whenActive !== 'openShell' || request.instanceKey === undefined) return;
    try {
      await inventory.ensureLoaded();
      const instance = inventory.find(request.instanceKey);
      if (!instance) throw new AppError('target-not-found', `${request.instanceKey} is not listed any more`);
      await opener.openShell(instance);
    } catch (thrown) {
      await failures.report(thrown, { instanceKey: request.instanceKey });
    }
  }
}
