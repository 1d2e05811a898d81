import * as vscode from 'vscode';
import { AppError } from '../base/errors';
import type { SsoSession } from '../access/profile';
import type { DeviceVerification, SsoSignIn } from '../aws/ssoSignIn';
import { signalOf } from './cancellationSignal';

const { l10n } = vscode;

/** Signs in by device code: shows the code, copies it, asks before the browser opens, and waits with a way to cancel. */
export class SignInFlow {
  readonly #signIn: SsoSignIn;

  constructor(deps: { readonly signIn: SsoSignIn }) {
    this.#signIn = deps.signIn;
  }

  /** Throws what `SsoSignIn.signIn` throws. */
  async run(session: SsoSession): Promise<void> {
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: l10n.t('Signing in to {0}', session.label),
        cancellable: true,
      },
      async (progress, token) => {
        const dismissed = new AbortController();
        const signal = AbortSignal.any([signalOf(token), dismissed.signal]);
        await this.#signIn.signIn(session, {
          signal,
          onVerification: verification => {
            progress.report({
              message: l10n.t(
                'waiting for you to confirm the code {0} in the browser',
                verification.userCode,
              ),
            });
            // The sign-in goes on while the question stands; an unexpected failure to ask must end it, or nobody would know.
            confirmInBrowser(session, verification).then(
              opened => {
                if (!opened) dismissed.abort();
              },
              (failure: unknown) => dismissed.abort(failure),
            );
          },
        });
      },
    );
    vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Signed in to {0}', session.label)}`, 5000);
  }
}

async function confirmInBrowser(session: SsoSession, verification: DeviceVerification): Promise<boolean> {
  const uri = vscode.Uri.parse(verification.verificationUriComplete, true);
  if (!isWebPage(uri)) {
    throw new AppError('endpoint-refused', `The sign-in page is not a web page: ${uri.scheme}`);
  }
  const open = l10n.t('Copy Code and Open Browser');
  const answer = await vscode.window.showInformationMessage(
    l10n.t('Your code for {0} is {1}', session.label, verification.userCode),
    {
      modal: true,
      detail: l10n.t(
        'Confirm in the browser only if the page shows the same code. It opens {0}.',
        uri.authority,
      ),
    },
    open,
  );
  if (answer !== open) return false;
  await vscode.env.clipboard.writeText(verification.userCode);
  return vscode.env.openExternal(uri);
}

function isWebPage(uri: vscode.Uri): boolean {
  if (uri.scheme === 'https') return true;
  // Plain http is good for this machine only.
  return uri.scheme === 'http' && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(uri.authority);
}
