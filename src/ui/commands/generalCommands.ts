import * as vscode from 'vscode';
import type { CommandRegistry } from '../commandRegistry';
import { stringIn } from '../commandSubject';
import type { ContextKeys } from '../contextKeys';
import type { SymConnection } from '../symConnection';

const { l10n } = vscode;

/** Settings, log, walkthrough, and the Sym token. */
export function registerGeneralCommands(
  commands: CommandRegistry,
  deps: {
    readonly extensionId: string;
    readonly log: vscode.LogOutputChannel;
    readonly sym: SymConnection;
    readonly keys: ContextKeys;
  },
): void {
  const { extensionId, log, sym, keys } = deps;

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

  commands.register('sym.setToken', async () => {
    const token = await vscode.window.showInputBox({
      title: l10n.t('Set Sym Token'),
      prompt: l10n.t(
        'It is kept in the secret storage of VS Code and sent to {0} only.',
        sym.baseUrl() ?? l10n.t('the Sym API URL of your settings'),
      ),
      password: true,
      ignoreFocusOut: true,
      validateInput: text => (/^\S*$/.test(text.trim()) ? undefined : l10n.t('A token has no spaces.')),
    });
    if (token?.trim()) await sym.storeToken(token.trim());
  });

  commands.register('sym.clearToken', () => sym.forgetToken());
}
