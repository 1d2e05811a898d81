import * as vscode from 'vscode';
import { wishedTarget, type AccessWish } from '../../access/accessWish';
import type { Flow } from '../../access/flow';
import { reachReport } from '../../access/reach';
import { isAppError } from '../../base/errors';
import { instanceKey, type Instance } from '../../access/instance';
import type { Inventory } from '../model/instances/inventory';
import { namedInstance } from '../instances/namedInstance';
import { wishStart } from '../model/requests/wishStart';
import type { RequestPanels } from './requestPanels';

const { l10n } = vscode;

/** Opens the request page for a wish from elsewhere. It fills in; sending is a person's. */
export class RequestOpener {
  readonly #panels: RequestPanels;
  readonly #inventory: Inventory;
  readonly #flows: () => readonly Flow[];

  constructor(deps: {
    readonly panels: RequestPanels;
    readonly inventory: Inventory;
    readonly flows: () => readonly Flow[];
  }) {
    this.#panels = deps.panels;
    this.#inventory = deps.inventory;
    this.#flows = deps.flows;
  }

  /** Throws `argument-invalid` when the settings have no such target. */
  async open(wish: AccessWish): Promise<void> {
    const named = wishedTarget(wish, this.#flows());
    const instance = wish.instance === undefined ? undefined : await this.#find(wish.instance);
    const found = named ?? this.#likely(instance);
    this.#panels.open(
      {
        ...(instance ? { instanceKey: instanceKey(instance) } : {}),
        ...(found ? { preset: { flowId: found.flow.id, targetId: found.target.id } } : {}),
      },
      found && wishStart(l10n, wish, found),
    );
  }

  /** An instance that cannot be listed is said, and the rest of the wish stands. */
  async #find(name: string): Promise<Instance | undefined> {
    try {
      return await namedInstance(this.#inventory, name);
    } catch (thrown) {
      if (!isAppError(thrown, 'target-not-found')) throw thrown;
      void vscode.window.showWarningMessage(
        l10n.t('{0} is not among the instances that you can list, so the request is not tied to it.', name),
      );
      return undefined;
    }
  }

  /** As the form itself would begin: what reaches the instance, else the first. */
  #likely(instance: Instance | undefined) {
    const flows = this.#flows();
    const [first] = flows.flatMap(flow => flow.targets.map(target => ({ flow, target })));
    return (instance && reachReport(flows, instance).reaching[0]) ?? first;
  }
}
