import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Clock } from '../base/clock';
import { isAppError } from '../base/errors';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import { instanceLabel, type Instance } from '../access/instance';
import type { Flow } from '../access/flow';
import type { GrantLedger } from '../access/ledger';
import { overlappingGrant } from '../access/reach';
import { validateForm, type FieldProblem } from '../access/requestForm';
import {
  pageMessage,
  type HostMessage,
  type PageMessage,
  type PanelActionId,
  type RequestView,
} from '../shared/requestPanel';
import { errorText } from './model/errorText';
import { requestFollowView } from './model/requestFollowView';
import { requestFormView } from './model/requestFormView';
import type { TargetChoice } from './commandSubject';

const { l10n } = vscode;

/** What a panel is about. Kept in the page's state, so that a reload brings it back. */
export interface PanelSubject {
  readonly instanceKey?: string;
  readonly preset?: TargetChoice;
  /** The request whose grant is to be prolonged. */
  readonly extensionOf?: string;
  /** Set once sent. */
  readonly requestId?: string;
}

export interface RequestPanelDeps {
  readonly extensionUri: vscode.Uri;
  readonly ledger: GrantLedger;
  readonly flows: () => readonly Flow[];
  readonly broker: () => 'ready' | 'noUrl' | 'noToken';
  readonly findInstance: (key: string) => Instance | undefined;
  /** `overlap` is the request of the live grant that the form warns of. */
  readonly act: (action: PanelActionId, subject: PanelSubject, overlap?: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The page that asks for access and then follows the request: one panel, one request. */
export class RequestPanel implements Disposable {
  static readonly viewType = 'jitAccess.request';

  readonly #deps: RequestPanelDeps;
  readonly #panel: vscode.WebviewPanel;
  readonly #store = new DisposableStore();
  #subject: PanelSubject;
  #isReady = false;

  constructor(panel: vscode.WebviewPanel, subject: PanelSubject, deps: RequestPanelDeps) {
    this.#deps = deps;
    this.#panel = panel;
    this.#subject = subject;
    const media = vscode.Uri.joinPath(deps.extensionUri, 'dist', 'webviews');
    panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
    const icon = (theme: string) => vscode.Uri.joinPath(deps.extensionUri, 'media', `request-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    this.#store.add(panel.onDidDispose(() => this.dispose()));
    this.#store.add(panel.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message)));
    this.#store.add(deps.ledger.onDidChange(() => this.refresh()));
    panel.webview.html = pageHtml(panel.webview, media);
    panel.title = this.#view().title;
  }

  get subject(): PanelSubject {
    return this.#subject;
  }

  onDidDispose(listener: () => void): void {
    this.#store.add({ dispose: listener });
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Sends the view again: what it shows may have changed. */
  refresh(): void {
    if (!this.#isReady) return;
    const view = this.#view();
    this.#panel.title = view.title;
    this.#post({ type: 'view', view, subject: this.#subject });
  }

  dispose(): void {
    this.#isReady = false;
    this.#store.dispose();
    this.#panel.dispose();
  }

  #view(): RequestView {
    const { ledger, clock, flows, broker, findInstance } = this.#deps;
    const now = clock.now();
    const instance =
      this.#subject.instanceKey === undefined ? undefined : findInstance(this.#subject.instanceKey);
    const head = instance && {
      name: instanceLabel(instance),
      id: instance.id,
      where: [
        ...Object.entries(instance.tags)
          .filter(([key]) => flows().some(flow => flow.targets.some(target => key in target.instanceTags)))
          .map(([key, value]) => `${key}=${value}`),
        instance.accountId,
        instance.region,
      ].join(' · '),
    };
    const request =
      this.#subject.requestId === undefined ? undefined : ledger.request(this.#subject.requestId);
    if (request) {
      return {
        now,
        title: head ? l10n.t('Access to {0}', head.name) : l10n.t('Access: {0}', request.target.label),
        ...(head ? { instance: head } : {}),
        body: requestFollowView(l10n, { request, grant: ledger.grant(request.id), instance }),
      };
    }
    const { extensionOf } = this.#subject;
    const extended = extensionOf === undefined ? undefined : ledger.grant(extensionOf);
    return {
      now,
      title: extended
        ? l10n.t('Extend {0}', extended.target.label)
        : head
          ? l10n.t('Request access to {0}', head.name)
          : l10n.t('Request access'),
      ...(head ? { instance: head } : {}),
      body: requestFormView(l10n, {
        flows: flows(),
        grants: ledger.grants,
        instance,
        preset: this.#subject.preset,
        extending: extended !== undefined,
        broker: broker(),
        now,
      }),
    };
  }

  async #receive(raw: unknown): Promise<void> {
    const parsed = pageMessage.safeParse(raw);
    if (!parsed.success) {
      this.#deps.log.warn(`The request page sent something unexpected: ${parsed.error.message}`);
      return;
    }
    const message = parsed.data;
    try {
      const problems = await this.#handle(message);
      if (problems.length === 0) this.#post({ type: 'reply', id: message.id, ok: true });
      else {
        this.#post({
          type: 'reply',
          id: message.id,
          ok: false,
          message: l10n.t('Something is missing.'),
          problems: Object.fromEntries(problems.map(problem => [problem.field, problemText(problem)])),
        });
      }
    } catch (thrown) {
      if (!isAppError(thrown, 'cancelled'))
        this.#deps.log.warn(`The request page's ${message.type} failed`, thrown);
      const problems = isAppError(thrown, 'request-invalid') ? thrown.details : {};
      this.#post({
        type: 'reply',
        id: message.id,
        ok: false,
        message: errorText(l10n, thrown).sentence,
        problems,
      });
      this.refresh();
    }
  }

  /** Returns what is wrong with the form; throws what cannot be blamed on a field. */
  async #handle(message: PageMessage): Promise<readonly FieldProblem[]> {
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.refresh();
        return [];
      case 'action': {
        const { chosen } = message;
        const overlap = chosen && overlappingGrant(this.#deps.ledger.grants, chosen.flowId, chosen.targetId);
        await this.#deps.act(message.action, this.#subject, overlap?.requestId);
        return [];
      }
      case 'submit':
        return this.#submit(message);
    }
  }

  async #submit(message: Extract<PageMessage, { type: 'submit' }>): Promise<readonly FieldProblem[]> {
    const flow = this.#deps.flows().find(candidate => candidate.id === message.flowId);
    if (!flow) return [{ field: 'target', rule: 'unknown-target', message: '' }];
    const form = validateForm(flow, message.targetId, message.values);
    if (!form.ok) return form.problems;
    if (flow.breakGlass && !(await confirmBreakGlass(flow.label))) return [];
    const { instanceKey, extensionOf } = this.#subject;
    const request = await this.#deps.ledger.submit(form.draft, {
      whenActive: message.openShell && instanceKey !== undefined ? 'openShell' : 'nothing',
      ...(instanceKey ? { instanceKey } : {}),
      ...(extensionOf ? { extensionOf } : {}),
    });
    this.#subject = { ...this.#subject, requestId: request.id };
    this.refresh();
    return [];
  }

  #post(message: HostMessage): void {
    // The promise only says whether the page took it; a page that is gone asks for everything when it is back.
    void this.#panel.webview.postMessage(message);
  }
}

async function confirmBreakGlass(label: string): Promise<boolean> {
  const proceed = l10n.t('Use Break-Glass Access');
  const answer = await vscode.window.showWarningMessage(
    l10n.t('{0} is for emergencies and will be reviewed. Use it now?', label),
    { modal: true },
    proceed,
  );
  return answer === proceed;
}

function problemText({ rule }: FieldProblem): string {
  switch (rule) {
    case 'required':
      return l10n.t('This needs an answer.');
    case 'type':
      return l10n.t('This cannot be read as the kind of answer that is wanted.');
    case 'too-long':
      return l10n.t('This is too long.');
    case 'not-allowed':
      return l10n.t('The flow does not allow this answer.');
    case 'unknown-target':
      return l10n.t('Your settings no longer have this target.');
  }
}

function pageHtml(webview: vscode.Webview, media: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, file)).toString();
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    // The resize corner of a text area is a data image of the widget's own style.
    'img-src data:',
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  const attribute = (text: string) => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
  return `<!DOCTYPE html>
<html lang="${attribute(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<link rel="stylesheet" id="vscode-codicon-stylesheet" nonce="${nonce}" href="${attribute(uri('codicon.css'))}">
<link rel="stylesheet" nonce="${nonce}" href="${attribute(uri('requestPanel.css'))}">
<title>${attribute(l10n.t('Request access'))}</title>
</head>
<body>
<main id="page"></main>
<div id="announcer" class="spoken-only" role="status" aria-live="polite"></div>
<script nonce="${nonce}" src="${attribute(uri('requestPanel.js'))}"></script>
</body>
</html>`;
}
