import * as vscode from 'vscode';

const { l10n } = vscode;

/** Says that open sessions wait for a sign-in, and offers it. */
export function offerSignInToSessions(waiting: number): void {
  const signIn = l10n.t('Sign In');
  const text =
    waiting === 1
      ? l10n.t('A session lost its connection and waits for you to sign in to AWS again.')
      : l10n.t('{0} sessions lost their connection and wait for you to sign in to AWS again.', waiting);
  void vscode.window.showWarningMessage(text, signIn).then(answer => {
    if (answer === signIn) void vscode.commands.executeCommand('jitAccess.profile.signIn');
  });
}
