import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import type { CommandRegistry } from '../workbench/commandRegistry';
import type { SymConnection } from '../signIn/symConnection';
import { SymSignInFlow } from '../signIn/symSignInFlow';

const { l10n } = vscode;

/** Who we are to Sym. */
export function registerSymCommands(
  commands: CommandRegistry,
  deps: {
    readonly sym: SymConnection;
    readonly clock: Clock;
    /** Whether a browser opened by this window can come back to this machine's loopback. */
    readonly reachesLoopback: () => boolean;
  },
): void {
  const { sym } = deps;
  const flow = new SymSignInFlow(deps);
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
