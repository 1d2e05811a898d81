import * as vscode from 'vscode';
import { readRequestLink } from '../../access/requestLink';
import { isAppError } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { FailureReporter, ReportContext } from '../workbench/failureReporter';
import type { RequestOpener } from './requestOpener';

/** Links of runbooks and chats, to the request page or to a filter. VS Code asks the person before it hands one over. */
export class IncomingLinks implements Disposable, vscode.UriHandler {
  readonly #opener: RequestOpener;
  readonly #openFilter: (uri: vscode.Uri) => Promise<boolean>;
  readonly #failures: FailureReporter;
  readonly #store = new DisposableStore();

  constructor(deps: {
    readonly opener: RequestOpener;
    /** False when it is no link to a filter. */
    readonly openFilter: (uri: vscode.Uri) => Promise<boolean>;
    readonly failures: FailureReporter;
  }) {
    this.#opener = deps.opener;
    this.#openFilter = deps.openFilter;
    this.#failures = deps.failures;
    this.#store.add(vscode.window.registerUriHandler(this));
  }

  async handleUri(uri: vscode.Uri): Promise<void> {
    try {
      if (await this.#openFilter(uri)) return;
      await this.#opener.open(readRequestLink(uri.path, uri.query));
    } catch (thrown) {
      await this.#failures.report(thrown, refusalOf(thrown));
    }
  }

  dispose(): void {
    this.#store.dispose();
  }
}

/** What is wrong with a link, and that it has done nothing. */
function refusalOf(thrown: unknown): ReportContext {
  if (!isAppError(thrown, 'argument-invalid')) return {};
  const sentence = vscode.l10n.t(
    'The link cannot be used: {0}. Nothing was filled in or sent.',
    thrown.message,
  );
  return { text: { sentence } };
}
