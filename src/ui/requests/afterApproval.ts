import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { AppError } from '../../base/errors';
import type { LedgerTransition } from '../../access/ledger';
import type { FailureReporter } from '../workbench/failureReporter';
import type { Inventory } from '../model/instances/inventory';
import type { WindowNews } from '../model/access/windowNews';
import type { SessionOpener } from '../sessions/sessionOpener';

/**
 * Does what a person chose in the form for the moment of activation: opens exactly the shell or the forward they asked for, once, and
 * nothing else; says so when it cannot.
 */
export class AfterApproval implements Disposable {
  readonly #deps: {
    readonly news: WindowNews;
    readonly inventory: Inventory;
    readonly opener: SessionOpener;
    readonly failures: FailureReporter;
  };
  readonly #store = new DisposableStore();

  constructor(deps: {
    news: WindowNews;
    inventory: Inventory;
    opener: SessionOpener;
    failures: FailureReporter;
  }) {
    this.#deps = deps;
    this.#store.add(deps.news.onDidBecomeActive(transition => void this.#act(transition)));
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #act({ request }: LedgerTransition): Promise<void> {
    const { inventory, opener, failures } = this.#deps;
    if (request.whenActive === 'nothing' || request.instanceKey === undefined) return;
    try {
      await inventory.ensureLoaded();
      // A grant may let us list for the first time what it is for.
      if (!inventory.find(request.instanceKey)) await inventory.refresh();
      const instance = inventory.find(request.instanceKey);
      if (!instance) throw new AppError('target-not-found', `${request.instanceKey} is not listed any more`);
      const { forward } = request;
      if (request.whenActive === 'openShell') {
        await opener.openShell(instance);
      } else if (forward) {
        const { localPort, ...to } = forward;
        await opener.forwardPort(instance, to, localPort);
      }
    } catch (thrown) {
      await failures.report(thrown, { instanceKey: request.instanceKey });
    }
  }
}
