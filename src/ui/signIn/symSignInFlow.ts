import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { AppError } from '../../base/errors';
import { signInToSym, type SymSignInPlace } from '../../sym/symSignIn';
import { signalOf } from '../workbench/cancellationSignal';
import type { SymConnection } from './symConnection';

const { l10n } = vscode;

/** Signs in to Sym in one of the three ways there are: the organisation's own page, a pasted token, or what the vendor's CLI left. */
export class SymSignInFlow {
  readonly #sym: SymConnection;
  readonly #clock: Clock;
  readonly #reachesLoopback: () => boolean;

  constructor(deps: {
    readonly sym: SymConnection;
    readonly clock: Clock;
    /** Whether a browser opened by this window can come back to this machine's loopback. */
    readonly reachesLoopback: () => boolean;
  }) {
    this.#sym = deps.sym;
    this.#clock = deps.clock;
    this.#reachesLoopback = deps.reachesLoopback;
  }

  /** Offers every way. Throws what `signInToSym` throws. */
  async choose(): Promise<void> {
    const place = this.#sym.signInPlace();
    const browser = {
      label: `$(globe) ${l10n.t('Through the Browser')}`,
      detail: place
        ? l10n.t('The sign-in of {0} itself', place.organization)
        : l10n.t('Needs three settings first: organization, host of the sign-in, audience'),
      run: () => this.throughBrowser(),
    };
    const paste = {
      label: `$(key) ${l10n.t('Paste a Token…')}`,
      detail: l10n.t('It is kept in the secret storage of VS Code.'),
      run: () => this.pasteToken(),
    };
    const symflow = {
      label: `$(terminal) ${l10n.t('With symflow login')}`,
      detail: l10n.t('What the CLI leaves on this computer is picked up by itself.'),
      run: () => this.#withSymflow(),
    };
    const picked = await vscode.window.showQuickPick([browser, paste, symflow], {
      title: l10n.t('Sign In to Sym'),
      placeHolder:
        this.#sym.source === 'environment'
          ? l10n.t('SYM_JWT of the environment is used as long as it is set')
          : l10n.t('Choose a way to sign in'),
    });
    await picked?.run();
  }

  async throughBrowser(): Promise<void> {
    const place = this.#sym.signInPlace();
    if (!place) return await offerSettings();
    if (!this.#reachesLoopback() && !(await this.#mayTryAllTheSame())) return;
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: l10n.t('Signing in to Sym'),
        cancellable: true,
      },
      (progress, token) =>
        this.#signIn(place, signalOf(token), () =>
          progress.report({ message: l10n.t('waiting for the browser to come back') }),
        ),
    );
    vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Signed in to Sym')}`, 5000);
  }

  async pasteToken(): Promise<void> {
    const token = await vscode.window.showInputBox({
      title: l10n.t('Set Sym Token'),
      prompt: l10n.t(
        'It is kept in the secret storage of VS Code and sent to {0} only.',
        this.#sym.baseUrl() ?? l10n.t('the Sym API URL of your settings'),
      ),
      password: true,
      ignoreFocusOut: true,
      validateInput: text => (/^\S*$/.test(text.trim()) ? undefined : l10n.t('A token has no spaces.')),
    });
    if (token?.trim()) await this.#sym.storeToken({ token: token.trim() });
  }

  async #signIn(place: SymSignInPlace, cancelled: AbortSignal, onOpened: () => void): Promise<void> {
    const turnedAway = new AbortController();
    const open = async (url: string) => {
      try {
        if (await openPage(url)) onOpened();
        else turnedAway.abort();
      } catch (failure) {
        turnedAway.abort(failure);
      }
    };
    const stored = await signInToSym(place, { clock: this.#clock }, url => void open(url), {
      signal: AbortSignal.any([cancelled, turnedAway.signal]),
    });
    await this.#sym.storeToken(stored);
  }

  /** The sign-in comes back to a port of this computer: where the browser is on another, say what to do instead. */
  async #mayTryAllTheSame(): Promise<boolean> {
    const all = l10n.t('Open Browser All the Same');
    const paste = l10n.t('Paste a Token…');
    const answer = await vscode.window.showWarningMessage(
      l10n.t('Sym’s sign-in cannot come back to this window'),
      {
        modal: true,
        detail: l10n.t(
          'It comes back to a port of the computer that the extension runs on, and your browser seems to run on another. Paste a token, or run symflow login on that computer: it is noticed by itself. If the port is forwarded, open the browser all the same.',
        ),
      },
      paste,
      all,
    );
    if (answer === paste) await this.pasteToken();
    return answer === all;
  }

  async #withSymflow(): Promise<void> {
    await this.#sym.check();
    if (this.#sym.source === 'symflow') {
      vscode.window.setStatusBarMessage(
        `$(check) ${l10n.t('Signed in to Sym with what symflow left')}`,
        5000,
      );
      return;
    }
    void vscode.window.showInformationMessage(
      l10n.t(
        'Run “symflow login” in a terminal of this computer. It leaves its token in {0}, and JIT Access notices by itself.',
        this.#sym.symflowPath,
      ),
    );
  }
}

async function offerSettings(): Promise<void> {
  const open = l10n.t('Open Settings');
  const answer = await vscode.window.showInformationMessage(
    l10n.t(
      'To sign in to Sym through the browser, set its organization, the host of its sign-in, and the audience of its API. Your platform team knows them.',
    ),
    open,
  );
  if (answer === open) {
    await vscode.commands.executeCommand('jitAccess.settings.open', { setting: 'jitAccess.sym' });
  }
}

async function openPage(url: string): Promise<boolean> {
  const uri = vscode.Uri.parse(url, true);
  const open = l10n.t('Open Browser');
  const answer = await vscode.window.showInformationMessage(
    l10n.t('Sign in to Sym in your browser'),
    {
      modal: true,
      detail: l10n.t(
        'It opens {0}. When you have signed in there, it comes back to this computer by itself, and you can close the page.',
        uri.authority,
      ),
    },
    open,
  );
  if (answer !== open) return false;
  if (await vscode.env.openExternal(uri)) return true;
  throw new AppError('sign-in-failed', l10n.t('The browser was not opened.'), { details: { broker: 'sym' } });
}
