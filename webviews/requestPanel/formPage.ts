import type { Draft, FormChoice, FormView, PanelActionId } from '../../src/shared/requestPanel';
import { Afterwards } from './afterwards';
import { button } from './buttons';
import type { Answer } from './control';
import { announce, el, icon, Part } from './dom';
import { DraftKeeper } from './draftKeeper';
import { fieldControl, type FieldControl } from './fieldControl';
import type { Host, Reply } from './host';
import { noticeBox } from './notice';
import { ProblemSummary } from './problemSummary';
import { Questions } from './questions';
import { RecallBar } from './recallBar';
import { isSameChoice, TargetPicker } from './targetPicker';
import { unreachableBox } from './unreachable';

type Run = (id: PanelActionId, draft?: Draft) => Promise<void>;
type Values = Record<string, Answer>;

/** The form before sending. What was typed lives here, not in the controls: these come and go with flow and conditions. */
export class FormPage {
  readonly element = el('form', { class: 'form', novalidate: true });
  readonly #host: Host;
  readonly #run: (id: PanelActionId) => Promise<void>;
  readonly #keeper: DraftKeeper;
  readonly #problems = new ProblemSummary();
  readonly #recall: RecallBar;
  readonly #notice = new Part(el('div', {}));
  readonly #unreachable = new Part(el('div', {}));
  readonly #target: TargetPicker;
  readonly #about = new Part(el('div', { class: 'about-target' }));
  readonly #questions: Questions;
  readonly #afterwards: Afterwards;
  readonly #confirmation = new Part(el('div', {}));
  readonly #footer = new Part(el('div', {}));
  readonly #rest = el('div', {});
  #confirm: FieldControl | undefined;
  #view: FormView | undefined;
  #draft: Draft | undefined;
  #asked: readonly string[] = [];
  #askAnyway = false;
  #isSending = false;

  constructor(host: Host, run: Run) {
    this.#host = host;
    this.#run = id => run(id, this.#draft);
    this.#draft = host.state.draft;
    this.#keeper = new DraftKeeper(host, asked => this.#ask(asked));
    this.#recall = new RecallBar({
      fill: ({ draft, note }) => this.fill(draft, note),
      all: () => void this.#run('favourites'),
    });
    this.#questions = new Questions({
      onInput: name => this.#onInput(name),
      onReason: reason => this.#fillReason(reason),
    });
    this.#target = new TargetPicker(choice => this.#choose(choice));
    this.#afterwards = new Afterwards(wish => {
      const before = this.#draft?.whenActive;
      this.#change(wish);
      if (wish.whenActive !== before) this.#afterwards.focus();
    });
    this.#rest.append(
      this.#recall.element,
      this.#target.element,
      this.#about.element,
      this.#questions.element,
      this.#afterwards.element,
      this.#confirmation.element,
      this.#footer.element,
    );
    this.element.append(this.#notice.element, this.#unreachable.element, this.#problems.element, this.#rest);
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
  }

  show(view: FormView): void {
    const isFirst = this.#view === undefined;
    this.#view = view;
    this.#asked = view.asked;
    if (isFirst && !this.#draft && view.start) {
      this.#draft = view.start.draft;
      this.#host.keep({ draft: view.start.draft });
      if (view.start.note) this.#recall.say(view.start.note);
    }
    this.#draw();
  }

  /** Takes the place of what is in the form, with a way back. */
  fill(draft: Draft, note: string): void {
    const view = this.#view;
    if (!view) return;
    const before = this.#draft;
    this.#setDraft(draft);
    this.#recall.say(
      note,
      before && {
        label: view.labels.undo,
        run: () => {
          this.#setDraft(before);
          this.#recall.say(view.labels.undone);
          announce(view.labels.undone);
        },
      },
    );
    announce(note);
  }

  #setDraft(draft: Draft): void {
    this.#questions.forget();
    this.#afterwards.forget();
    this.#draft = draft;
    this.#problems.clear();
    this.#draw();
    this.#keeper.keep(draft);
  }

  #choice(): FormChoice | undefined {
    const choices = this.#view?.choices ?? [];
    return (
      choices.find(choice => isSameChoice(choice, this.#draft)) ??
      choices.find(choice => isSameChoice(choice, this.#view?.initial))
    );
  }

  #choose({ flowId, targetId }: FormChoice): void {
    this.#change({ flowId, targetId });
    this.#confirm?.setProblem(undefined);
  }

  #change(change: Partial<Draft>): void {
    const draft = this.#standing();
    if (!draft) return;
    this.#draft = { ...draft, ...change };
    this.#draw();
    this.#keeper.keep(this.#draft);
  }

  /** The draft as it stands, of what is chosen. */
  #standing(): Draft | undefined {
    const choice = this.#choice();
    if (!choice) return undefined;
    const { flowId, targetId } = choice;
    const nothing = { values: {}, whenActive: 'nothing', forward: '', localPort: '' } as const;
    return { ...nothing, ...this.#draft, flowId, targetId };
  }

  #fillReason(reason: string): void {
    const draft = this.#standing();
    if (!draft || !this.#view) return;
    this.fill({ ...draft, values: { ...draft.values, reason } }, this.#view.labels.reasonFilled);
    this.#questions.controls.find(({ name }) => name === 'reason')?.focus();
  }

  #ask(asked: readonly string[]): void {
    if (JSON.stringify(asked) === JSON.stringify(this.#asked)) return;
    this.#asked = asked;
    this.#draw();
    if (this.#view) announce(this.#view.labels.newQuestions);
  }

  #draw(): void {
    const view = this.#view;
    if (!view) return;
    const choice = this.#choice();
    this.element.classList.toggle('emergency', choice?.breakGlass !== undefined);
    this.#notice.show(view.notice, () => (view.notice ? [noticeBox(view.notice, this.#run)] : []));
    const isClosed = view.unreachable !== undefined && !this.#askAnyway;
    this.#unreachable.show([view.unreachable, isClosed, choice !== undefined], () =>
      view.unreachable
        ? [
            unreachableBox(view, this.#run, isClosed && choice !== undefined, () => {
              this.#askAnyway = true;
              this.#draw();
              this.#questions.controls[0]?.focus();
            }),
          ]
        : [],
    );
    this.#rest.hidden = isClosed || choice === undefined;
    this.#recall.show(view, choice);
    this.#target.show(view, choice);
    this.#about.show(choice, () => (choice ? this.#drawAbout(choice) : []));
    this.#questions.show(view, choice, this.#asked, this.#draft?.values ?? {});
    this.#afterwards.show(view, choice?.forwards ?? false, {
      whenActive: this.#draft?.whenActive ?? 'nothing',
      forward: this.#draft?.forward ?? '',
      localPort: this.#draft?.localPort ?? '',
    });
    this.#confirmation.show([choice?.breakGlass, choice?.targetId], () => this.#drawConfirmation(choice));
    const isEmergency = choice?.breakGlass !== undefined;
    this.#footer.show([choice?.asks, choice?.timed, choice?.blocked, isEmergency, view.labels], () =>
      this.#drawFooter(view, choice),
    );
  }

  #drawAbout(choice: FormChoice): Node[] {
    const { breakGlass, blocked, overlap } = choice;
    return [
      ...(breakGlass
        ? [
            el(
              'div',
              { class: 'alarm', id: 'break-glass' },
              el('div', { class: 'alarm-title' }, icon('flame'), breakGlass.title),
              el('div', {}, breakGlass.text),
            ),
          ]
        : []),
      ...(blocked ? [noticeBox(blocked, this.#run)] : []),
      ...(overlap ? [noticeBox(overlap, this.#run)] : []),
    ];
  }

  #drawConfirmation(choice: FormChoice | undefined): Node[] {
    this.#confirm = undefined;
    if (!choice?.breakGlass) return [];
    const { confirmLabel, confirmHint } = choice.breakGlass;
    const field = { name: 'confirmation', label: confirmLabel, hint: confirmHint } as const;
    const control = fieldControl({ ...field, kind: 'line', required: true }, undefined, () =>
      control.setProblem(undefined),
    );
    this.#confirm = control;
    return [control.element];
  }

  #drawFooter({ labels }: FormView, choice: FormChoice | undefined): Node[] {
    const submit = button(
      {
        label: submitLabel(labels, choice),
        icon: choice?.breakGlass ? 'flame' : 'send',
        kind: 'primary',
        attributes: { id: 'submit', type: 'submit', disabled: choice?.blocked !== undefined },
      },
      () => undefined,
    );
    const about = [choice?.asks, choice?.timed ? labels.countsFrom : undefined].filter(Boolean).join(' ');
    return [
      el('p', { class: 'hint' }, about),
      el(
        'div',
        { class: 'submit-row' },
        submit,
        button(
          { label: labels.saveFavourite, icon: 'star-empty', attributes: { id: 'save-favourite' } },
          () => this.#save(),
        ),
      ),
    ];
  }

  #save(): void {
    this.#collect();
    void this.#run('saveFavourite');
  }

  #onInput(name: string): void {
    const control = this.#questions.controls.find(candidate => candidate.name === name);
    const value = control?.value();
    control?.setProblem(undefined);
    if (value !== undefined) this.#change({ values: { ...this.#draft?.values, [name]: value } });
  }

  /** The draft with what the controls show and nobody has touched, as it is sent. */
  #collect(): Draft | undefined {
    const draft = this.#standing();
    if (!draft) return undefined;
    const values: Values = { ...draft.values };
    for (const control of this.#questions.controls) {
      const value = control.value();
      if (value !== undefined) values[control.name] = value;
    }
    this.#draft = { ...draft, values };
    return this.#draft;
  }

  async #send(): Promise<void> {
    const view = this.#view;
    const submit = this.element.querySelector<HTMLButtonElement>('#submit');
    if (!view || this.#isSending || !submit || submit.disabled || this.#rest.hidden) return;
    const draft = this.#collect();
    if (!draft) return;
    this.#isSending = true;
    this.#problems.clear();
    for (const control of this.#everyControl()) control.setProblem(undefined);
    const label = submit.querySelector('span:last-child');
    if (label) label.textContent = view.labels.sending;
    submit.setAttribute('aria-disabled', 'true');
    const confirmation = String(this.#confirm?.value() ?? '');
    const reply = await this.#host.ask({ type: 'submit', draft, confirmation });
    this.#isSending = false;
    submit.removeAttribute('aria-disabled');
    if (label) label.textContent = submitLabel(view.labels, this.#choice());
    if (!reply.ok) this.#showProblems(view, reply);
  }

  #everyControl(): readonly FieldControl[] {
    return [
      ...this.#questions.controls,
      ...this.#afterwards.fields,
      ...(this.#confirm ? [this.#confirm] : []),
    ];
  }

  #showProblems(view: FormView, { message, problems }: Extract<Reply, { ok: false }>): void {
    const controls = this.#everyControl();
    const found = controls.flatMap(control => {
      const text = Object.hasOwn(problems, control.name) ? problems[control.name] : undefined;
      control.setProblem(text);
      return text === undefined ? [] : [{ label: control.label, text, focus: () => control.focus() }];
    });
    const unplaced = Object.entries(problems)
      .filter(([name]) => !controls.some(control => control.name === name))
      .map(([name, text]) => ({
        label: name === 'target' ? view.labels.target : name,
        text,
        focus: () => this.element.querySelector<HTMLElement>('input[name="target"], #unlock-target')?.focus(),
      }));
    const all = [...found, ...unplaced];
    this.#problems.show(all.length > 0 ? view.labels.problems : message, all);
  }
}

function submitLabel(labels: FormView['labels'], choice: FormChoice | undefined): string {
  return choice?.breakGlass ? labels.submitEmergency : labels.submit;
}
