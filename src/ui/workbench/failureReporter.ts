import * as vscode from 'vscode';
import { isAppError, messageOf } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { errorDetails } from '../model/errorDetails';
import { errorText, mendLabel, type ErrorText, type Mend } from '../model/errorText';

const { l10n } = vscode;
const DETAILS_SCHEME = 'jit-access-details';

export interface ReportContext {
  /** A better sentence than the code's own, when more is known. */
  readonly text?: ErrorText;
  readonly instanceKey?: string;
  readonly retry?: () => unknown;
}

/** Tells a person what failed: one sentence, the button that mends it, and the details on demand. Cancelling is silent. */
export class FailureReporter implements Disposable {
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #details = new Map<string, string>();
  #count = 0;

  constructor(deps: { readonly log: Log }) {
    this.#log = deps.log;
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(DETAILS_SCHEME, {
        provideTextDocumentContent: uri => this.#details.get(uri.path) ?? '',
      }),
    );
    this.#store.add(
      vscode.workspace.onDidCloseTextDocument(document => {
        if (document.uri.scheme === DETAILS_SCHEME) this.#details.delete(document.uri.path);
      }),
    );
  }

  /** Resolves when the notice was answered or went away. Never rejects. */
  async report(thrown: unknown, context: ReportContext = {}): Promise<void> {
    if (isAppError(thrown, 'cancelled')) return;
    const code = isAppError(thrown) ? thrown.code : 'internal';
    this.#log.error(`${code}: ${messageOf(thrown)}`, thrown instanceof Error ? thrown : undefined);
    const text = context.text ?? errorText(l10n, thrown);
    const mend = text.mend?.kind === 'retry' && !context.retry ? undefined : text.mend;
    const mendButton = mend && mendLabel(l10n, mend);
    const detailsButton = l10n.t('Show Details');
    const answer = await vscode.window.showErrorMessage(
      text.sentence,
      ...(mendButton ? [mendButton] : []),
      detailsButton,
    );
    if (answer === undefined) return;
    try {
      if (answer === detailsButton) await this.#showDetails(text.sentence, thrown);
      else if (mend) await this.#mend(mend, thrown, context);
    } catch (failure) {
      // Commands tell their own failures; what is left is VS Code refusing to open something.
      this.#log.error(`${answer} failed: ${messageOf(failure)}`, failure);
    }
  }

  /** Opens everything that is known of a failure as a read-only text. */
  async #showDetails(title: string, thrown: unknown): Promise<void> {
    this.#count += 1;
    const uri = vscode.Uri.from({
      scheme: DETAILS_SCHEME,
      path: `/${l10n.t('JIT Access error')} ${this.#count}.txt`,
    });
    this.#details.set(uri.path, errorDetails(l10n, title, thrown));
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  async #mend(mend: Mend, thrown: unknown, { instanceKey, retry }: ReportContext): Promise<void> {
    switch (mend.kind) {
      case 'signIn':
        await vscode.commands.executeCommand('jitAccess.profile.signIn', {
          ssoSession: isAppError(thrown) ? thrown.details['ssoSession'] : undefined,
        });
        return;
      case 'openConfig':
        await vscode.commands.executeCommand('jitAccess.profile.openConfig');
        return;
      case 'enterMfaCode':
        await vscode.commands.executeCommand('jitAccess.profile.enterMfaCode', {
          profile: isAppError(thrown) ? thrown.details['profile'] : undefined,
        });
        return;
      case 'setSymUrl':
        await vscode.commands.executeCommand('jitAccess.settings.open', { setting: 'jitAccess.sym.apiUrl' });
        return;
      case 'signInToSym':
        await vscode.commands.executeCommand('jitAccess.sym.signIn');
        return;
      case 'requestAccess':
        await vscode.commands.executeCommand('jitAccess.access.request', {
          ...(instanceKey ? { instanceKey } : {}),
          ...(mend.flowId && mend.targetId ? { flowId: mend.flowId, targetId: mend.targetId } : {}),
        });
        return;
      case 'openSettings':
        await vscode.commands.executeCommand('jitAccess.settings.open', { setting: mend.setting });
        return;
      case 'refresh':
        await vscode.commands.executeCommand('jitAccess.instances.refresh');
        return;
      case 'retry':
        await retry?.();
        return;
    }
  }

  dispose(): void {
    this.#store.dispose();
    this.#details.clear();
  }
}
