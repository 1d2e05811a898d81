import type { Draft, FormChoice, FormView } from '../../src/shared/requestPanel';
import { button } from './buttons';
import { arrange, el } from './dom';
import { fieldControl, type FieldControl } from './fieldControl';

/** The flow's own questions. Those that stay asked keep their controls, with focus and selection; others come and go around them. */
export class Questions {
  readonly element = el('div', { class: 'questions' });
  readonly #onInput: (name: string) => void;
  readonly #onReason: (reason: string) => void;
  #controls: readonly FieldControl[] = [];
  #key = '';

  constructor(deps: {
    readonly onInput: (name: string) => void;
    /** A reason of before was chosen. */
    readonly onReason: (reason: string) => void;
  }) {
    this.#onInput = deps.onInput;
    this.#onReason = deps.onReason;
  }

  get controls(): readonly FieldControl[] {
    return this.#controls;
  }

  /** Has every control made anew with what it is to show. */
  forget(): void {
    this.#controls = [];
  }

  show(
    view: FormView,
    choice: FormChoice | undefined,
    asked: readonly string[],
    values: Draft['values'],
  ): void {
    const all = choice ? (view.fields[choice.flowId] ?? []) : [];
    const shown = all.filter(({ conditional, name }) => !conditional || asked.includes(name));
    // What was asked elsewhere meanwhile is no reason to take a control away from somebody who is typing.
    const key = JSON.stringify([choice?.flowId, all]);
    const known = key === this.#key ? this.#controls : [];
    this.#key = key;
    this.#controls = shown.map(
      field =>
        known.find(({ name }) => name === field.name) ??
        fieldControl(
          field,
          Object.hasOwn(values, field.name) ? values[field.name] : undefined,
          () => this.#onInput(field.name),
          field.name === 'reason' ? this.#reasons(view) : undefined,
        ),
    );
    arrange(
      this.element,
      this.#controls.map(({ element }) => element),
    );
  }

  #reasons({ recall: { reasons }, labels }: FormView): HTMLElement | undefined {
    if (reasons.length === 0) return undefined;
    const details = el('details', { class: 'reasons' }, el('summary', {}, labels.reasons));
    const items = reasons.map(reason =>
      el(
        'li',
        {},
        button({ label: reason, kind: 'link' }, () => {
          details.open = false;
          this.#onReason(reason);
        }),
      ),
    );
    details.append(el('ul', {}, ...items));
    return details;
  }
}
