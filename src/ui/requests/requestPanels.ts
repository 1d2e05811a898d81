import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { FormStart, PanelSubject } from './requestPageView';
import { RequestPanel, type RequestPanelDeps } from './requestPanel';
import { stringIn, targetOf } from '../workbench/commandSubject';

/** All open request pages: one for each request, one for each instance asked about. */
export class RequestPanels implements Disposable, vscode.WebviewPanelSerializer {
  readonly #deps: RequestPanelDeps;
  readonly #panels = new Set<RequestPanel>();
  readonly #store = new DisposableStore();

  constructor(deps: RequestPanelDeps) {
    this.#deps = deps;
    this.#store.add(vscode.window.registerWebviewPanelSerializer(RequestPanel.viewType, this));
  }

  /** Shows the page for this subject, the one that is open already or a new one, with its form filled in where there is something for it. */
  open(subject: PanelSubject, start?: FormStart): void {
    const open = [...this.#panels].find(panel => isSame(panel.subject, subject));
    if (open) {
      open.reveal();
      if (start) open.fill(start);
      return;
    }
    this.#add(
      vscode.window.createWebviewPanel(
        RequestPanel.viewType,
        vscode.l10n.t('Request access'),
        vscode.ViewColumn.Active,
        {},
      ),
      subject,
      start,
    );
  }

  /** Settings, sign-in or inventory changed. */
  refresh(): void {
    for (const panel of this.#panels) panel.refresh();
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.#add(panel, subjectFromState(state));
    return Promise.resolve();
  }

  dispose(): void {
    this.#store.dispose();
    for (const panel of [...this.#panels]) panel.dispose();
  }

  #add(webviewPanel: vscode.WebviewPanel, subject: PanelSubject, start?: FormStart): void {
    const panel = new RequestPanel(webviewPanel, subject, this.#deps, start);
    this.#panels.add(panel);
    panel.onDidDispose(() => this.#panels.delete(panel));
  }
}

function isSame(open: PanelSubject, wanted: PanelSubject): boolean {
  if (wanted.requestId !== undefined) return open.requestId === wanted.requestId;
  // A page that has been sent belongs to its request; asking again begins a new one.
  return (
    open.requestId === undefined &&
    open.instanceKey === wanted.instanceKey &&
    open.extensionOf === wanted.extensionOf &&
    open.preset?.targetId === wanted.preset?.targetId
  );
}

/** What the page kept of itself; read as strings only, for a page could have kept anything. */
function subjectFromState(state: unknown): PanelSubject {
  const subject: unknown =
    typeof state === 'object' && state !== null && 'subject' in state ? state.subject : undefined;
  const preset: unknown =
    typeof subject === 'object' && subject !== null && 'preset' in subject ? subject.preset : undefined;
  const instanceKey = stringIn(subject, 'instanceKey');
  const extensionOf = stringIn(subject, 'extensionOf');
  const requestId = stringIn(subject, 'requestId');
  const target = targetOf(preset);
  return {
    ...(instanceKey ? { instanceKey } : {}),
    ...(extensionOf ? { extensionOf } : {}),
    ...(requestId ? { requestId } : {}),
    ...(target ? { preset: target } : {}),
  };
}
