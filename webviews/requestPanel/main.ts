import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-radio/index.js';
import '@vscode-elements/elements/dist/vscode-radio-group/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-textarea/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { PanelActionId, RequestView } from '../../src/shared/requestPanel';
import { el, Part } from './dom';
import { FollowPage } from './followPage';
import { FormPage } from './formPage';
import { Host } from './host';
import './page.css';

/** The page as a whole: heading, and below it the form or what came of it. */
class RequestPage {
  readonly #host = new Host();
  readonly #heading = new Part(el('header', {}));
  readonly #body = el('div', {});
  readonly #failure = el('div', { class: 'failure', role: 'alert' });
  readonly #form: FormPage;
  readonly #follow: FollowPage;
  /** How far the host's clock is ahead of the page's. */
  #offsetMs = 0;

  constructor(parent: HTMLElement) {
    this.#form = new FormPage(this.#host, (action, chosen) => this.#run(action, chosen));
    this.#follow = new FollowPage(action => this.#run(action));
    parent.append(this.#heading.element, this.#body, this.#failure);
    this.#host.listen(({ view, subject }) => {
      this.#host.keep({ subject });
      this.#show(view);
    });
    setInterval(() => this.#follow.tick(Date.now() + this.#offsetMs), 1000);
    void this.#host.ask({ type: 'ready' });
  }

  async #run(action: PanelActionId, chosen?: { flowId: string; targetId: string }): Promise<void> {
    this.#failure.textContent = '';
    const reply = await this.#host.ask({ type: 'action', action, ...(chosen ? { chosen } : {}) });
    if (!reply.ok) this.#failure.textContent = reply.message;
  }

  #show(view: RequestView): void {
    this.#offsetMs = view.now - Date.now();
    this.#heading.show([view.title, view.instance], () => [
      el('h1', {}, view.title),
      view.instance &&
        el(
          'p',
          { class: 'where' },
          el('span', { class: 'id' }, view.instance.id),
          el('span', {}, view.instance.where),
        ),
    ]);
    const page = view.body.kind === 'form' ? this.#form : this.#follow;
    if (page.element.parentElement !== this.#body) this.#body.replaceChildren(page.element);
    if (view.body.kind === 'form') this.#form.show(view.body);
    else this.#follow.show(view.body, view.now);
  }
}

new RequestPage(document.getElementById('page') ?? document.body);
