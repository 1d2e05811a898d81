import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { AppError } from '../../base/errors';
import type { Flow } from '../../access/flow';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import type { GrantLedger } from '../../access/ledger';
import type { Inventory } from '../model/instances/inventory';
import { chooseRole, type SessionRole } from '../model/sessions/roleChoice';

const { l10n } = vscode;

export interface RoleChooserDeps {
  readonly inventory: Inventory;
  readonly ledger: GrantLedger;
  readonly flows: () => readonly Flow[];
  readonly clock: Clock;
}

/** Which role a session is opened as: the one that fits, or what the person says where none does. */
export class RoleChooser {
  readonly #deps: RoleChooserDeps;

  constructor(deps: RoleChooserDeps) {
    this.#deps = deps;
  }

  /** Undefined when the person chose to ask for access instead, or turned away. */
  async choose(instance: Instance, purpose: 'shell' | 'forward'): Promise<SessionRole | undefined> {
    const { inventory, ledger, flows, clock } = this.#deps;
    const choice = chooseRole(instance, {
      flows: flows(),
      grants: ledger.grants,
      profiles: inventory.snapshot.config?.profiles ?? [],
      now: clock.now(),
      purpose,
    });
    if (choice.kind === 'use') return choice.role;
    const { reaching, standing } = choice;
    if (reaching.length === 0 && standing.length === 0) {
      throw new AppError(
        'no-grant',
        `No grant, no flow and no standing role leads to ${instanceKey(instance)}`,
      );
    }
    const first = reaching[0];
    const ask = first ? l10n.t('Request {0}', first.target.label) : l10n.t('Request Access…');
    const tries = standing.map(role => ({ role, label: l10n.t('Try as {0}', role.label) })).slice(0, 2);
    const answer = await vscode.window.showInformationMessage(
      l10n.t('None of your active access covers {0}.', instanceLabel(instance)),
      ...(first ? [ask] : []),
      ...tries.map(({ label }) => label),
    );
    if (answer === ask && first) {
      await vscode.commands.executeCommand('jitAccess.access.request', {
        instanceKey: instanceKey(instance),
        flowId: first.flow.id,
        targetId: first.target.id,
      });
      return undefined;
    }
    return tries.find(({ label }) => label === answer)?.role;
  }
}
