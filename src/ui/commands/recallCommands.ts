import * as vscode from 'vscode';
import type { Flow } from '../../access/flow';
import type { GrantLedger } from '../../access/ledger';
import { typedValues } from '../../access/requestForm';
import type { RequestMemory } from '../../access/requestMemory';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { requestIdOf, stringIn, subjectOf } from '../workbench/commandSubject';
import { favouriteStart, pickFavourite } from '../instances/favourites';
import { forwardToText } from '../model/sessions/forwardAddress';
import type { Inventory } from '../model/instances/inventory';
import { draftOf } from '../model/requests/formRecall';
import type { FormStart } from '../requests/requestPageView';
import type { RequestPanels } from '../requests/requestPanels';

const { l10n } = vscode;

export interface RecallCommandsDeps {
  readonly ledger: GrantLedger;
  readonly panels: RequestPanels;
  readonly inventory: Inventory;
  readonly memory: RequestMemory;
  readonly flows: () => readonly Flow[];
}

/** Asking for what was asked for before. Nothing is ever sent by these: each opens the form, filled in. */
export function registerRecallCommands(commands: CommandRegistry, deps: RecallCommandsDeps): void {
  const { panels, inventory, memory, ledger, flows } = deps;

  commands.register('access.requestAgain', async argument => {
    await inventory.ensureLoaded();
    const request = ledger.request(requestIdOf(argument) ?? '');
    if (!request) return;
    const { flowId, targetId, instanceKey, forward } = request;
    const fields = flows().find(({ id }) => id === flowId)?.fields ?? [];
    const start: FormStart = {
      note: l10n.t('Filled in as you asked before.'),
      draft: draftOf({
        flowId,
        targetId,
        values: typedValues(fields, request.draft.values),
        whenActive: request.whenActive,
        forward: forward ? forwardToText(forward) : '',
        localPort: forward && forward.localPort > 0 ? String(forward.localPort) : '',
      }),
    };
    panels.open({ preset: { flowId, targetId }, ...(instanceKey ? { instanceKey } : {}) }, start);
  });

  commands.register('access.requestFavourite', async argument => {
    await inventory.ensureLoaded();
    const name = stringIn(subjectOf(argument), 'favourite') ?? stringIn(argument, 'favourite');
    const favourite = name
      ? memory.favourites.find(candidate => candidate.name === name)
      : await pickFavourite(memory, flows());
    if (!favourite) return;
    const { flowId, targetId } = favourite.content;
    const { instanceKey } = favourite;
    panels.open(
      { preset: { flowId, targetId }, ...(instanceKey ? { instanceKey } : {}) },
      favouriteStart(favourite),
    );
  });

  commands.register('access.deleteFavourite', argument => {
    const name = stringIn(subjectOf(argument), 'favourite');
    if (name) memory.removeFavourite(name);
  });

  commands.register('access.forget', async () => {
    const forget = l10n.t('Forget');
    const answer = await vscode.window.showWarningMessage(
      l10n.t(
        'Forget reasons, favourites, last requests and drafts? They are kept on this computer only; requests and access stay as they are.',
      ),
      { modal: true },
      forget,
    );
    if (answer === forget) memory.clear();
  });
}
