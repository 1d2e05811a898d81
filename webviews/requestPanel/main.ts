import type { Draft, PanelActionId, RequestView } from '../../src/shared/requestPanel';
import { el, icon, Part } from './dom';
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
    this.#form = new FormPage(this.#host, (action, draft) => this.#run(action, draft));
    this.#follow = new FollowPage(action => this.#run(action));
    parent.append(this.#heading.element, this.#failure, this.#body);
    this.#host.listen(message => {
      if (message.type === 'fill') {
        this.#form.fill(message.draft, message.note);
        return;
      }
      this.#host.keep({ subject: message.subject });
      this.#show(message.view);
    });
    setInterval(() => this.#follow.tick(Date.now() + this.#offsetMs), 1000);
    const { draft } = this.#host.state;
    void this.#host.ask({ type: 'ready', ...(draft ? { draft } : {}) });
  }

  async #run(action: PanelActionId, draft?: Draft): Promise<void> {
    this.#failure.textContent = '';
    const reply = await this.#host.ask({ type: 'action', action, ...(draft ? { draft } : {}) });
    if (!reply.ok) this.#failure.replaceChildren(icon('error'), el('span', {}, reply.message));
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
