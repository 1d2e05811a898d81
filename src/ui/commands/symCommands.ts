import * as vscode from 'vscode';
import type { CommandRegistry } from '../commandRegistry';
import type { SymConnection } from '../symConnection';
import type { SymSignInFlow } from '../symSignInFlow';

const { l10n } = vscode;

/** Who we are to Sym. */
export function registerSymCommands(
  commands: CommandRegistry,
  { sym, flow }: { readonly sym: SymConnection; readonly flow: SymSignInFlow },
): void {
  commands.register('sym.signIn', () => flow.choose());
  commands.register('sym.signInBrowser', () => flow.throughBrowser());
  commands.register('sym.setToken', () => flow.pasteToken());

  commands.register('sym.clearToken', async () => {
    await sym.forgetToken();
    await sym.check();
    if (sym.source === 'environment') {
      void vscode.window.showInformationMessage(
        l10n.t('SYM_JWT of the environment still signs you in to Sym. Unset it and start VS Code again.'),
      );
    } else if (sym.source === 'symflow') {
      void vscode.window.showInformationMessage(
        l10n.t('What symflow left in {0} still signs you in to Sym. Run “symflow logout”.', sym.symflowPath),
      );
    }
  });
}
