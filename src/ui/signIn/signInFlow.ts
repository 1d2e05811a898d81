import * as vscode from 'vscode';
import { AppError } from '../../base/errors';
import type { SsoSession } from '../../access/profile';
import type { DeviceVerification, SsoSignIn } from '../../aws/ssoSignIn';
import { signalOf } from '../workbench/cancellationSignal';
import { errorText } from '../model/errorText';
import {
  SignInCourse,
  signInMethod,
  type SignInDesk,
  type SignInMethod,
  type SignInPreference,
} from '../model/signIn/signInCourse';

const { l10n } = vscode;

/** Signs in: says what will happen and where before the browser opens, and waits with a way to cancel. */
export class SignInFlow {
  readonly #course: SignInCourse;

  constructor(deps: {
    readonly signIn: SsoSignIn;
    /** `jitAccess.signIn.method` */
    readonly preference: () => SignInPreference;
    /** Whether a browser opened by this window can come back to this machine's loopback. */
    readonly reachesLoopback: boolean;
  }) {
    this.#course = new SignInCourse({
      signIn: (session, options) => deps.signIn.signIn(session, options),
      desk: DESK,
      method: session => signInMethod(deps.preference(), session, deps.reachesLoopback),
    });
  }

  /** Joins a sign-in to the session that is under way. `method` leaves the setting aside. Throws what `SsoSignIn.signIn` throws. */
  async run(session: SsoSession, method?: SignInMethod): Promise<void> {
    await this.#course.run(session, method);
    vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Signed in to {0}', session.label)}`, 5000);
  }
}

const DESK: SignInDesk = { withProgress, openPage, showCode, offerCode };

async function withProgress(
  session: SsoSession,
  work: (report: (waitingFor: SignInMethod, userCode?: string) => void, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: l10n.t('Signing in to {0}', session.label),
      cancellable: true,
    },
    (progress, token) =>
      work(
        (waitingFor, userCode) => progress.report({ message: waitingText(session, waitingFor, userCode) }),
        signalOf(token),
      ),
  );
}

function waitingText(session: SsoSession, waitingFor: SignInMethod, userCode: string | undefined): string {
  if (waitingFor === 'deviceCode') {
    return l10n.t('waiting for you to confirm the code {0} in the browser', userCode ?? '');
  }
  const argument = encodeURIComponent(JSON.stringify([{ ssoSession: session.cacheKey }]));
  const link = `[${l10n.t('use a code instead')}](command:jitAccess.profile.signInWithCode?${argument})`;
  return l10n.t('waiting for the browser to come back. If it does not, {0}.', link);
}

async function openPage(session: SsoSession, url: string): Promise<'opened' | 'useCode' | 'dismissed'> {
  const uri = webPage(url);
  const open = l10n.t('Open Browser');
  const useCode = l10n.t('Use a Code Instead');
  const answer = await vscode.window.showInformationMessage(
    l10n.t('Sign in to {0} in your browser', session.label),
    {
      modal: true,
      detail: l10n.t(
        'It opens {0}. When you have allowed access there, it comes back to this computer by itself, and you can close the page. Use a code if your browser runs on another computer.',
        uri.authority,
      ),
    },
    open,
    useCode,
  );
  if (answer === useCode) return 'useCode';
  if (answer !== open) return 'dismissed';
  if (await vscode.env.openExternal(uri)) return 'opened';
  throw new AppError('sign-in-failed', l10n.t('The browser was not opened.'));
}

async function showCode(
  session: SsoSession,
  verification: DeviceVerification,
): Promise<'opened' | 'dismissed'> {
  const uri = webPage(verification.verificationUriComplete);
  const open = l10n.t('Copy Code and Open Browser');
  const copyLink = l10n.t('Copy Link');
  const answer = await vscode.window.showInformationMessage(
    l10n.t('Your code for {0} is {1}', session.label, verification.userCode),
    {
      modal: true,
      detail: l10n.t(
        'Confirm in the browser only if the page shows the same code. It opens {0}. To sign in on another device, copy the link.',
        uri.authority,
      ),
    },
    open,
    copyLink,
  );
  if (answer === copyLink) {
    await vscode.env.clipboard.writeText(verification.verificationUriComplete);
    return 'opened';
  }
  if (answer !== open) return 'dismissed';
  await vscode.env.clipboard.writeText(verification.userCode);
  return (await vscode.env.openExternal(uri)) ? 'opened' : 'dismissed';
}

async function offerCode(session: SsoSession, failure: unknown): Promise<boolean> {
  const useCode = l10n.t('Use a Code Instead');
  const answer = await vscode.window.showWarningMessage(
    l10n.t(
      'Signing in to {0} through the browser did not work. {1} A code works from any browser.',
      session.label,
      errorText(l10n, failure).sentence,
    ),
    useCode,
  );
  return answer === useCode;
}

/** Throws `AppError('endpoint-refused')` for what is no page to trust with a sign-in. */
function webPage(url: string): vscode.Uri {
  const uri = vscode.Uri.parse(url, true);
  // Plain http is good for this machine only.
  const local = uri.scheme === 'http' && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(uri.authority);
  if (uri.scheme === 'https' || local) return uri;
  throw new AppError(
    'endpoint-refused',
    `The sign-in page is not a web page: ${uri.scheme}://${uri.authority}`,
  );
}
