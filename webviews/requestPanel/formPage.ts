import type { FormChoice, FormView, PanelActionId } from '../../src/shared/requestPanel';
import { actionButton } from './actionBar';
import { el, icon, Part } from './dom';
import type { Draft } from './draft';
import { fieldControl, type FieldControl } from './fieldControl';
import type { Host } from './host';

/** The form before sending. */
export class FormPage {
  readonly element = el('form', { class: 'form', novalidate: true });
  readonly #host: Host;
  readonly #run: (id: PanelActionId) => Promise<void>;
  readonly #notice = new Part(el('div', {}));
  readonly #choice = new Part(el('div', {}));
  readonly #about = new Part(el('div', { class: 'about-target' }));
  readonly #questions = new Part(el('div', {}));
  readonly #footer = new Part(el('div', {}));
  readonly #failure = el('div', { class: 'failure', role: 'alert' });
  #controls: readonly FieldControl[] = [];
  #fieldNames: readonly string[] = [];
  #view: FormView | undefined;
  #chosen: { flowId: string; targetId: string } | undefined;
  #openShell = false;
  #isSending = false;

  constructor(
    host: Host,
    run: (id: PanelActionId, chosen?: { flowId: string; targetId: string }) => Promise<void>,
  ) {
    this.#host = host;
    this.#run = id => run(id, this.#chosen);
    this.element.append(
      this.#notice.element,
      this.#choice.element,
      this.#about.element,
      this.#questions.element,
      this.#failure,
      this.#footer.element,
    );
    this.element.addEventListener('submit', event => {
      event.preventDefault();
      void this.#send();
    });
    this.element.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#send();
      }
    });
    const { draft } = host.state;
    if (draft) {
      this.#chosen = { flowId: draft.flowId, targetId: draft.targetId };
      this.#openShell = draft.openShell;
    }
  }

  show(view: FormView): void {
    this.#view = view;
    const exists = view.choices.some(choice => this.#isChosen(choice));
    if (!exists) this.#chosen = view.initial;
    this.#draw(view);
  }

  #isChosen(choice: FormChoice): boolean {
    return choice.flowId === this.#chosen?.flowId && choice.targetId === this.#chosen.targetId;
  }

  #draw(view: FormView): void {
    const choice = view.choices.find(candidate => this.#isChosen(candidate));
    this.#notice.show(view.notice, () =>
      view.notice
        ? [
            el(
              'div',
              { class: `notice ${view.notice.level}`, role: 'note' },
              icon(view.notice.level === 'error' ? 'warning' : 'info'),
              el('span', { class: 'grow' }, view.notice.text),
              view.notice.action && actionButton(view.notice.action, this.#run),
            ),
          ]
        : [],
    );
    this.#choice.show(view.choices, () => this.#drawChoices(view));
    this.#about.show(choice, () => (choice ? this.#drawAbout(choice) : []));
    const fields = choice ? (view.fields[choice.flowId] ?? []) : [];
    this.#questions.show(fields, () => {
      const kept = this.#keptValues(choice?.flowId);
      this.#fieldNames = fields.map(field => field.name);
      this.#controls = fields.map(field => fieldControl(field, kept[field.name], () => this.#onInput()));
      return this.#controls.map(control => control.element);
    });
    this.#footer.show([choice !== undefined, view.canOpenShell, view.labels, view.notice?.level], () =>
      this.#drawFooter(view),
    );
  }

  #drawChoices(view: FormView): Node[] {
    if (view.choices.length === 0) return [];
    const flows = [...new Map(view.choices.map(choice => [choice.flowId, choice.flowLabel]))];
    const single = flows.length === 1 ? flows[0] : undefined;
    const group = el('vscode-radio-group', {
      id: 'target',
      variant: 'vertical',
      'aria-labelledby': 'target-label',
    });
    for (const choice of view.choices) {
      const radio = el('vscode-radio', {
        name: 'target',
        value: choice.targetId,
        checked: this.#isChosen(choice),
      });
      radio.label = single ? choice.targetLabel : `${choice.targetLabel} · ${choice.flowLabel}`;
      radio.addEventListener('change', () => {
        if (!radio.checked) return;
        this.#chosen = { flowId: choice.flowId, targetId: choice.targetId };
        this.#onInput();
        this.#draw(view);
      });
      group.append(
        el(
          'div',
          { class: 'choice' },
          radio,
          choice.reach &&
            el(
              'span',
              { class: `reach ${choice.reach.ok ? 'ok' : 'no'}` },
              icon(choice.reach.ok ? 'check' : 'circle-slash'),
              choice.reach.text,
            ),
        ),
      );
    }
    return [
      ...(single
        ? [
            el(
              'div',
              { class: 'field' },
              el('div', { class: 'label' }, view.labels.flow),
              el('div', { class: 'fixed' }, single[1]),
            ),
          ]
        : []),
      el(
        'div',
        { class: 'field' },
        el('div', { class: 'label', id: 'target-label' }, view.labels.target),
        group,
      ),
    ];
  }

  #drawAbout(choice: FormChoice): Node[] {
    return [
      ...(choice.breakGlassText
        ? [el('div', { class: 'notice error' }, icon('flame'), choice.breakGlassText)]
        : []),
      ...(choice.overlap
        ? [
            el(
              'div',
              { class: 'notice info', role: 'note' },
              icon('info'),
              el('span', { class: 'grow' }, choice.overlap.text),
              actionButton(choice.overlap.action, this.#run),
            ),
          ]
        : []),
    ];
  }

  #drawFooter(view: FormView): Node[] {
    const box = el('vscode-checkbox', { id: 'open-shell', checked: this.#openShell });
    box.label = view.labels.openShell;
    box.addEventListener('change', () => {
      this.#openShell = box.checked;
      this.#onInput();
    });
    const button = el('vscode-button', { id: 'submit', icon: 'send' }, view.labels.submit);
    button.disabled =
      view.choices.length === 0 || (view.notice?.level === 'error' && !this.#canStillAsk(view));
    button.addEventListener('click', () => void this.#send());
    const asks = view.choices.find(choice => this.#isChosen(choice))?.asks;
    return [
      ...(view.canOpenShell ? [box] : []),
      el(
        'div',
        { class: 'submit-row' },
        el('span', { class: 'hint grow' }, [asks, view.labels.countsFrom].filter(Boolean).join(' ')),
        button,
      ),
    ];
  }

  /** No flow reaching the instance is a warning: settings may lag behind policies. No flow or no broker at all is not. */
  #canStillAsk(view: FormView): boolean {
    const action = view.notice?.action?.id;
    return view.choices.length > 0 && action !== 'setSymUrl' && action !== 'setSymToken';
  }

  #keptValues(flowId: string | undefined): Draft['values'] {
    const { draft } = this.#host.state;
    return draft && draft.flowId === flowId ? draft.values : {};
  }

  #onInput(): void {
    if (!this.#chosen) return;
    const values: Record<string, string | number | boolean> = {};
    this.#controls.forEach((control, index) => {
      const value = control.value();
      const name = this.#fieldNames[index];
      if (name !== undefined && value !== undefined) values[name] = value;
      control.setProblem(undefined);
    });
    this.#host.keep({ draft: { ...this.#chosen, values, openShell: this.#openShell } });
  }

  async #send(): Promise<void> {
    const view = this.#view;
    const button = this.element.querySelector<HTMLElementTagNameMap['vscode-button']>('#submit');
    if (!view || !this.#chosen || this.#isSending || !button || button.disabled) return;
    this.#isSending = true;
    this.#failure.textContent = '';
    button.textContent = view.labels.sending;
    button.disabled = true;
    const values: Record<string, string | number | boolean | string[]> = {};
    this.#controls.forEach((control, index) => {
      const answer = control.answer();
      const name = this.#fieldNames[index];
      if (name !== undefined && answer !== undefined && answer !== '') values[name] = answer;
    });
    const reply = await this.#host.ask({
      type: 'submit',
      ...this.#chosen,
      values,
      openShell: this.#openShell,
    });
    this.#isSending = false;
    button.disabled = false;
    button.textContent = view.labels.submit;
    if (!reply.ok) this.#showProblems(reply.message, reply.problems);
  }

  #showProblems(message: string, problems: Readonly<Record<string, string>>): void {
    let first: FieldControl | undefined;
    let shown = 0;
    this.#controls.forEach((control, index) => {
      const text = problems[this.#fieldNames[index] ?? ''];
      control.setProblem(text);
      if (text === undefined) return;
      first ??= control;
      shown += 1;
    });
    if (shown === 0) this.#failure.replaceChildren(icon('error'), problems['target'] ?? message);
    first?.focus();
  }
}
