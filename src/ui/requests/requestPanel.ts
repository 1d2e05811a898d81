import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import { isAppError } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import type { Flow } from '../../access/flow';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import type { GrantLedger } from '../../access/ledger';
import { overlappingGrant } from '../../access/reach';
import type { RequestMemory } from '../../access/requestMemory';
import type { ReviewItem } from '../../access/reviewItem';
import {
  pageMessage,
  type Draft,
  type FormView,
  type HostMessage,
  type PageMessage,
  type PanelActionId,
  type RequestView,
} from '../../shared/requestPanel';
import type { TargetChoice } from '../workbench/commandSubject';
import { errorText } from '../model/errorText';
import { openRequest } from '../model/requests/formChoices';
import { draftOf } from '../model/requests/formRecall';
import { readSubmission } from '../model/requests/formSubmission';
import { requestFollowView } from '../model/requests/requestFollowView';
import { askedInForm, requestFormView } from '../model/requests/requestFormView';
import { pageHtml } from './requestPageHtml';

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

/** What a form begins with, and where it comes from. */
export type FormStart = NonNullable<FormView['start']>;

export interface RequestPanelDeps {
  readonly extensionUri: vscode.Uri;
  readonly ledger: GrantLedger;
  readonly memory: RequestMemory;
  readonly flows: () => readonly Flow[];
  readonly broker: () => 'ready' | 'noUrl' | 'noToken';
  readonly findInstance: (key: string) => Instance | undefined;
  readonly chooseInstance: () => Promise<Instance | undefined>;
  /** Ports that were forwarded through an instance before, as they are typed. */
  readonly forwardsOf: (instanceKey: string) => readonly string[];
  readonly review: (requestId: string) => ReviewItem | undefined;
  readonly warnBeforeMs: () => readonly number[];
  /** `overlap` is the request that the form warns of. Resolves with what is to be filled in, when that was asked for. */
  readonly act: (
    action: PanelActionId,
    subject: PanelSubject,
    form: { readonly draft?: Draft | undefined; readonly overlap?: string | undefined },
  ) => Promise<FormStart | undefined>;
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

  /** Puts this into the form in place of what is there; the page offers the way back. */
  fill(start: FormStart): void {
    if (this.#isReady) this.#post({ type: 'fill', draft: start.draft, note: start.note ?? '' });
    else this.#fill = start;
  }

  /** Sends the view again: what it shows may have changed. */
  refresh(): void {
    if (!this.#isReady) {
      this.#panel.title = this.#title();
      return;
    }
    const view = this.#view();
    this.#panel.title = view.title;
    this.#post({ type: 'view', view, subject: this.#subject });
  }

  dispose(): void {
    this.#isReady = false;
    this.#store.dispose();
    this.#panel.dispose();
  }

  #instance(): Instance | undefined {
    const { instanceKey: key } = this.#subject;
    return key === undefined ? undefined : this.#deps.findInstance(key);
  }

  #title(): string {
    const { ledger } = this.#deps;
    const { requestId, extensionOf } = this.#subject;
    const instance = this.#instance();
    const request = requestId === undefined ? undefined : ledger.request(requestId);
    if (request) {
      return instance
        ? l10n.t('Access to {0}', instanceLabel(instance))
        : l10n.t('Access: {0}', request.target.label);
    }
    const extended = extensionOf === undefined ? undefined : ledger.grant(extensionOf);
    if (extended) return l10n.t('Extend {0}', extended.target.label);
    return instance ? l10n.t('Request access to {0}', instanceLabel(instance)) : l10n.t('Request access');
  }

  #view(): RequestView {
    const { ledger, clock, flows } = this.#deps;
    const { requestId } = this.#subject;
    const instance = this.#instance();
    const request = requestId === undefined ? undefined : ledger.request(requestId);
    return {
      now: clock.now(),
      title: this.#title(),
      ...(instance ? { instance: headOf(instance, flows()) } : {}),
      body: request
        ? requestFollowView(l10n, {
            request,
            grant: ledger.grant(request.id),
            instance,
            review: this.#deps.review(request.id),
            canCancel: ledger.canCancel(request.id),
            warnBeforeMs: Math.max(0, ...this.#deps.warnBeforeMs()),
          })
        : this.#formView(instance),
    };
  }

  #formView(instance: Instance | undefined): FormView {
    const { ledger, flows, broker, memory, forwardsOf, clock } = this.#deps;
    const { extensionOf, preset } = this.#subject;
    return requestFormView(l10n, {
      flows: flows(),
      requests: ledger.requests,
      grants: ledger.grants,
      instance,
      preset,
      extending: extensionOf === undefined ? undefined : ledger.grant(extensionOf),
      broker: broker(),
      draft: this.#draft,
      start: this.#start,
      recall: { last: memory.lastRequests, favourites: memory.favourites, reasons: memory.reasons },
      forwards: instance ? forwardsOf(instanceKey(instance)) : [],
      now: clock.now(),
    });
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
    const overlap = draft && this.#overlap(draft);
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

  /** The request of the live grant, or the open request, for what is chosen. */
  #overlap({ flowId, targetId }: Draft): string | undefined {
    const { ledger } = this.#deps;
    return (
      overlappingGrant(ledger.grants, flowId, targetId, this.#instance())?.requestId ??
      openRequest(ledger.requests, ledger.grants, { id: flowId }, { id: targetId })?.id
    );
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

function headOf(instance: Instance, flows: readonly Flow[]): NonNullable<RequestView['instance']> {
  const told = Object.entries(instance.tags)
    .filter(([key]) => flows.some(flow => flow.targets.some(target => key in target.instanceTags)))
    .map(([key, value]) => `${key}=${value}`);
  return {
    name: instanceLabel(instance),
    id: instance.id,
    where: [...told, instance.accountId, instance.region].join(' · '),
  };
}

/** What a draft is about, over a closing of the page. */
function draftKey({ extensionOf, instanceKey: key, preset }: PanelSubject): string {
  if (extensionOf !== undefined) return `extend ${extensionOf}`;
  return key ?? (preset ? `${preset.flowId} ${preset.targetId}` : 'any');
}
