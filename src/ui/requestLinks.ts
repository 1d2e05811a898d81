import * as vscode from 'vscode';
import { readRequestLink } from '../access/requestLink';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { FailureReporter } from './failureReporter';
import type { RequestOpener } from './requestOpener';

/** Links of runbooks and chats that lead to the request page. VS Code asks the person before it hands one over. */
export class RequestLinks implements Disposable, vscode.UriHandler {
  readonly #opener: RequestOpener;
  readonly #failures: FailureReporter;
  readonly #store = new DisposableStore();

  constructor(deps: { readonly opener: RequestOpener; readonly failures: FailureReporter }) {
    this.#opener = deps.opener;
    this.#failures = deps.failures;
    this.#store.add(vscode.window.registerUriHandler(this));
  }

  async handleUri(uri: vscode.Uri): Promise<void> {
    try {
      await this.#opener.open(readRequestLink(uri.path, uri.query));
    } catch (thrown) {
      await this.#failures.report(thrown);
    }
  }

  dispose(): void {
    this.#store.dispose();
  }
}
