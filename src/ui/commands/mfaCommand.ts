import * as vscode from 'vscode';
import type { ProfileCredentials } from '../../aws/profileCredentials';
import type { CommandRegistry } from '../workbench/commandRegistry';
import { profileNameOf } from '../workbench/commandSubject';

const { l10n } = vscode;

/** Asks for the code of an MFA device, only ever when somebody ran the command: what it opens is kept for as long as AWS lets it. */
export function registerMfaCommand(commands: CommandRegistry, credentials: ProfileCredentials): void {
  commands.register('profile.enterMfaCode', async argument => {
    const name = profileNameOf(argument);
    if (name === undefined) return;
    const { profile, serial } = await credentials.mfaDevice(name);
    if (serial === undefined) return;
    const code = await vscode.window.showInputBox({
      title: l10n.t('MFA Code for {0}', name),
      prompt: l10n.t('The six digits that {0} shows now', serial),
      ignoreFocusOut: true,
      validateInput: text => (/^\d{6}$/.test(text.trim()) ? undefined : l10n.t('A code has six digits.')),
    });
    if (code === undefined) return;
    await credentials.get(profile, { fresh: true, mfaCode: code.trim() });
    await vscode.commands.executeCommand('jitAccess.instances.refresh');
  });
}
