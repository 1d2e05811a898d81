import * as vscode from 'vscode';
import { instanceArn, instanceLabel, isManaged, type Instance } from '../../access/instance';
import type { Clock } from '../../base/clock';
import { isAppError } from '../../base/errors';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { instanceKeyOf, subjectOf } from '../workbench/commandSubject';
import type { FailureReporter } from '../workbench/failureReporter';
import type { InstanceMemory } from '../instances/instanceMemory';
import { pickInstance } from '../instances/instancePicker';
import { startSessionCommand } from '../model/instances/cliCommand';
import { consoleLink } from '../model/instances/consoleLink';
import type { Inventory } from '../model/instances/inventory';
import type { InstanceRowContext } from '../model/instances/instanceRowContext';
import type { OpenedRows } from '../model/openedRows';
import { chooseRole } from '../model/sessions/roleChoice';
import type { SearchIndex } from '../model/instances/searchIndex';

const { l10n } = vscode;

export interface InstanceCommandsDeps {
  readonly inventory: Inventory;
  readonly memory: InstanceMemory;
  readonly search: SearchIndex;
  readonly opened: OpenedRows;
  readonly failures: FailureReporter;
  readonly context: () => InstanceRowContext;
  readonly clock: Clock;
}

/** Choosing an instance, marking it, and copying what one needs elsewhere. */
export function registerInstanceCommands(commands: CommandRegistry, deps: InstanceCommandsDeps): void {
  const { inventory, memory, opened, failures } = deps;

  commands.register('instances.refresh', () => inventory.refresh());

  // VS Code's own button (`showCollapseAll`) is enabled when the first rows are known: every title is made anew before they are drawn.
  commands.register('instances.collapseAll', async () => {
    opened.foldAll();
    await vscode.commands.executeCommand('workbench.actions.treeView.jitAccess.instances.collapseAll');
  });

  commands.register('instances.explain', async argument => {
    const error = subjectOf(argument)?.['error'];
    if (isAppError(error)) await failures.report(error, { retry: () => inventory.refresh() });
  });

  commands.register('instance.connect', async () => {
    const instance = await pickInstance(deps, l10n.t('Connect to Instance'), isManaged);
    if (!instance) return;
    const shell = { label: `$(terminal) ${l10n.t('Open Shell')}`, command: 'jitAccess.shell.open' };
    const forward = { label: `$(arrow-swap) ${l10n.t('Forward Port…')}`, command: 'jitAccess.port.forward' };
    const request = { label: `$(key) ${l10n.t('Request Access…')}`, command: 'jitAccess.access.request' };
    const action = await vscode.window.showQuickPick([shell, forward, request], {
      title: l10n.t('Connect to {0}', instanceLabel(instance)),
    });
    if (action)
      await vscode.commands.executeCommand(action.command, { subject: { kind: 'instance', instance } });
  });

  const copying = (id: string, text: (instance: Instance) => string | undefined) => {
    commands.register(`instance.${id}`, async argument => {
      const instance = inventory.find(instanceKeyOf(argument) ?? '');
      const value = instance && text(instance);
      if (!value) return;
      await vscode.env.clipboard.writeText(value);
      vscode.window.setStatusBarMessage(`$(copy) ${l10n.t('Copied {0}', value)}`, 3000);
    });
  };
  copying('copyId', instance => instance.id);
  copying('copyArn', instanceArn);
  copying('copyPrivateIp', instance => instance.privateIp);
  copying('copyPublicIp', instance => instance.publicIp);
  copying('copyCliCommand', instance => startSessionCommand(instance, profileFor(instance, deps)));

  commands.register('instance.addFavourite', argument => {
    const instance = inventory.find(instanceKeyOf(argument) ?? '');
    if (instance) memory.addFavourite(instance);
  });
  commands.register('instance.removeFavourite', argument => {
    memory.removeFavourite(instanceKeyOf(argument) ?? '');
  });

  commands.register('instance.openInConsole', async argument => {
    const instance = inventory.find(instanceKeyOf(argument) ?? '');
    const link = instance && consoleLink(instance);
    if (link !== undefined) await vscode.env.openExternal(vscode.Uri.parse(link, true));
  });
}

/** The profile that a session would be opened as now, where there is one. */
function profileFor(instance: Instance, { inventory, context }: InstanceCommandsDeps): string | undefined {
  const { flows, grants, now } = context();
  const profiles = inventory.snapshot.config?.profiles ?? [];
  const choice = chooseRole(instance, { flows, grants, profiles, now, purpose: 'shell' });
  return choice.kind === 'use' ? choice.role.profileName : undefined;
}
