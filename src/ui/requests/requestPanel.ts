import * as vscode from 'vscode';
import { isAppError } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import { instanceKey, type Instance } from '../../access/instance';
import type { GrantLedger } from '../../access/ledger';
import type { RequestMemory } from '../../access/requestMemory';
import {
  pageMessage,
  type Draft,
  type HostMessage,
  type PageMessage,
  type PanelActionId,
} from '../../shared/requestPanel';
import { errorText } from '../model/errorText';
import { draftOf } from '../model/requests/formRecall';
import { readSubmission } from '../model/requests/formSubmission';
import { askedInForm } from '../model/requests/requestFormView';
import { pageHtml } from './requestPageHtml';
import {
  RequestPageView,
  type FormStart,
  type PanelSubject,
  type RequestPageViewDeps,
} from './requestPageView';

const { l10n } = vscode;

export interface RequestPanelDeps extends RequestPageViewDeps {
  readonly extensionUri: vscode.Uri;
  readonly ledger: GrantLedger;
  readonly memory: RequestMemory;
  readonly chooseInstance: () => Promise<Instance | undefined>;
  /** `overlap` is the request that the form warns of. Resolves with what is to be filled in, when that was asked for. */
  readonly act: (
    action: PanelActionId,
    subject: PanelSubject,
    form: { readonly draft?: Draft | undefined; readonly overlap?: string | undefined },
  ) => Promise<FormStart | undefined>;
  readonly log: Log;
}

/** The page that asks for access and then follows the request: one panel, one request. */
export class RequestPanel implements Disposable {
  static readonly viewType = 'jitAccess.request';

  readonly #deps: RequestPanelDeps;
  readonly #panel: vscode.WebviewPanel;
  readonly #view: RequestPageView;
  readonly #store = new DisposableStore();
  #subject: PanelSubject;
  #start: FormStart | undefined;
  /** The form as the page said last. */
  #draft: Draft | undefined;
  /** To be filled in when the page is back. */
  #fill: FormStart | undefined;
  #isReady = false;

  constructor(
    panel: vscode.WebviewPanel,
    subject: PanelSubject,
    deps: RequestPanelDeps,
    start: FormStart | undefined,
  ) {
    this.#deps = deps;
    this.#panel = panel;
    this.#view = new RequestPageView(deps);
    this.#subject = subject;
    this.#start = start ?? this.#keptStart();
    const media = vscode.Uri.joinPath(deps.extensionUri, 'dist', 'webviews');
    panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
    const icon = (theme: string) => vscode.Uri.joinPath(deps.extensionUri, 'media', `request-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    this.#store.add(panel.onDidDispose(() => this.dispose()));
    this.#store.add(
      panel.onDidChangeViewState(() => {
        // A page that is hidden is gone, and says so when it is back.
        if (!panel.visible) this.#isReady = false;
      }),
    );
    this.#store.add(panel.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message)));
    this.#store.add(deps.ledger.onDidChange(() => this.refresh()));
    panel.webview.html = pageHtml(panel.webview, media);
    panel.title = this.#view.title(this.#subject);
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

  /** Puts this into the form in place of what is there; the page offers the way back. */
  fill(start: FormStart): void {
    if (this.#isReady) this.#post({ type: 'fill', draft: start.draft, note: start.note ?? '' });
    else this.#fill = start;
  }

  /** Sends the view again: what it shows may have changed. */
  refresh(): void {
    if (!this.#isReady) {
      this.#panel.title = this.#view.title(this.#subject);
      return;
    }
    const view = this.#view.view(this.#subject, { draft: this.#draft, start: this.#start });
    this.#panel.title = view.title;
    this.#post({ type: 'view', view, subject: this.#subject });
  }

  dispose(): void {
    this.#isReady = false;
    this.#store.dispose();
    this.#panel.dispose();
  }

  /** What was typed about the same before the page was closed. */
  #keptStart(): FormStart | undefined {
    const kept = this.#deps.memory.draft(draftKey(this.#subject));
    if (!kept || this.#subject.requestId !== undefined) return undefined;
    return {
      draft: draftOf({ ...kept, ...this.#subject.preset }),
      note: l10n.t('What you typed before is still here.'),
    };
  }

  async #receive(raw: unknown): Promise<void> {
    const parsed = pageMessage.safeParse(raw);
    if (!parsed.success) {
      this.#deps.log.warn(`The request page sent something unexpected: ${parsed.error.message}`);
      return;
    }
    const message = parsed.data;
    const { id } = message;
    try {
      this.#post({ type: 'reply', id, ok: true, ...(await this.#handle(message)) });
    } catch (thrown) {
      if (thrown instanceof FormProblems) {
        this.#post({
          type: 'reply',
          id,
          ok: false,
          message: l10n.t('Something is missing.'),
          problems: thrown.problems,
        });
        return;
      }
      if (!isAppError(thrown, 'cancelled'))
        this.#deps.log.warn(`The request page's ${message.type} failed`, thrown);
      const problems = isAppError(thrown, 'request-invalid') ? thrown.details : {};
      this.#post({ type: 'reply', id, ok: false, message: errorText(l10n, thrown).sentence, problems });
      this.refresh();
    }
  }

  /** Throws `FormProblems` for what is wrong with the form, and what cannot be blamed on a field. */
  async #handle(message: PageMessage): Promise<{ readonly asked?: readonly string[] }> {
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#draft = message.draft ?? this.#draft;
        this.refresh();
        if (this.#fill) this.fill(this.#fill);
        this.#fill = undefined;
        return {};
      case 'draft': {
        // Sent before the request was, and come after it: what was asked for is no draft any more.
        if (this.#subject.requestId !== undefined) return {};
        this.#draft = message.draft;
        this.#deps.memory.keepDraft(draftKey(this.#subject), message.draft);
        const flow = this.#deps.flows().find(({ id }) => id === message.draft.flowId);
        return { asked: flow ? askedInForm(flow, message.draft.values) : [] };
      }
      case 'action':
        await this.#act(message.action, message.draft);
        return {};
      case 'submit':
        await this.#submit(message);
        return {};
    }
  }

  async #act(action: PanelActionId, draft: Draft | undefined): Promise<void> {
    const { act, chooseInstance, ledger } = this.#deps;
    const overlap = draft && this.#view.overlap(this.#subject, draft);
    if (action === 'chooseInstance') {
      const instance = await chooseInstance();
      if (instance) this.#become({ ...this.#subject, instanceKey: instanceKey(instance) });
    } else if (action === 'extendOverlap') {
      // The page stays, and with it what was typed.
      const grant = overlap === undefined ? undefined : ledger.grant(overlap);
      if (grant) this.#become({ ...this.#subject, extensionOf: grant.requestId });
    } else {
      const start = await act(action, this.#subject, { draft, overlap });
      if (start) this.fill(start);
    }
  }

  #become(subject: PanelSubject): void {
    this.#deps.memory.dropDraft(draftKey(this.#subject));
    this.#subject = subject;
    this.refresh();
  }

  async #submit(message: Extract<PageMessage, { type: 'submit' }>): Promise<void> {
    const { flows, ledger, memory } = this.#deps;
    const { instanceKey: key, extensionOf } = this.#subject;
    const read = readSubmission(l10n, flows(), message, key !== undefined && extensionOf === undefined);
    if (!read.ok) throw new FormProblems(read.problems);
    const request = await ledger.submit(read.draft, {
      whenActive: read.whenActive,
      ...(read.forward ? { forward: read.forward } : {}),
      ...(key ? { instanceKey: key } : {}),
      ...(extensionOf ? { extensionOf } : {}),
    });
    memory.noteSent(read.content);
    memory.dropDraft(draftKey(this.#subject));
    this.#subject = { ...this.#subject, requestId: request.id };
    this.refresh();
  }

  #post(message: HostMessage): void {
    // The promise only says whether the page took it; a page that is gone asks for everything when it is back.
    void this.#panel.webview.postMessage(message);
  }
}

class FormProblems extends Error {
  constructor(readonly problems: Readonly<Record<string, string>>) {
    super('The form has problems');
  }
}

/** What a draft is about, over a closing of the page. */
function draftKey({ extensionOf, instanceKey: key, preset }: PanelSubject): string {
  if (extensionOf !== undefined) return `extend ${extensionOf}`;
  return key ?? (preset ? `${preset.flowId} ${preset.targetId}` : 'any');
}
