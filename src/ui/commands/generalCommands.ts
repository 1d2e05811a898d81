import * as vscode from 'vscode';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { stringIn } from '../workbench/commandSubject';
import type { ContextKeys } from '../workbench/contextKeys';

/** Settings, log and walkthrough. */
export function registerGeneralCommands(
  commands: CommandRegistry,
  deps: {
    readonly extensionId: string;
    readonly log: vscode.LogOutputChannel;
    readonly keys: ContextKeys;
  },
): void {
  const { extensionId, log, keys } = deps;

  commands.register('log.show', () => log.show());

  commands.register('settings.open', async argument => {
    const query = stringIn(argument, 'setting') ?? `@ext:${extensionId}`;
    await vscode.commands.executeCommand('workbench.action.openSettings', query);
  });

  commands.register('walkthrough.open', async () => {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${extensionId}#start`, false);
    // VS Code ticks a step off only at a change that it sees, so what was done before the page opened has to become true once more.
    keys.set('jitAccess.walkthroughShown', false);
    keys.set('jitAccess.walkthroughShown', true);
  });
}
