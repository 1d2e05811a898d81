import type { FormChoice, FormView } from '../../src/shared/requestPanel';
import { button } from './buttons';
import { el, icon, Part } from './dom';

export type Chosen = Pick<FormChoice, 'flowId' | 'targetId'>;

export function isSameChoice(a: Chosen | undefined, b: Chosen | undefined): boolean {
  return a?.flowId === b?.flowId && a?.targetId === b?.targetId;
}

/** What is asked for. Settled where the page was opened from an instance, until somebody wants another of those that reach it. */
export class TargetPicker {
  readonly #part = new Part(el('div', {}));
  readonly #onChoose: (choice: FormChoice) => void;
  #unlocked = false;

  constructor(onChoose: (choice: FormChoice) => void) {
    this.#onChoose = onChoose;
  }

  get element(): HTMLElement {
    return this.#part.element;
  }

  show(view: FormView, chosen: FormChoice | undefined): void {
    const { choices, others, locked, labels } = view;
    const isFixed = locked && !this.#unlocked && chosen !== undefined;
    // Which of several is checked is the browser's own to show.
    const key = [choices, others, locked, labels, isFixed ? chosen : choices.length];
    this.#part.show(key, () => {
      if (choices.length === 0) return [];
      return [
        ...(isFixed ? this.#fixed(view, chosen) : this.#radios(view, chosen)),
        ...(others.length > 0 && !view.unreachable
          ? [
              el(
                'details',
                { class: 'others' },
                el('summary', {}, labels.others),
                el(
                  'ul',
                  {},
                  ...others.map(({ label, text }) => el('li', {}, el('b', {}, label), ` ${text}`)),
                ),
              ),
            ]
          : []),
      ];
    });
    if (!isFixed) {
      for (const input of this.element.querySelectorAll<HTMLInputElement>('input[name="target"]')) {
        input.checked = input.value === valueOf(chosen);
      }
    }
  }

  #fixed(view: FormView, chosen: FormChoice): Node[] {
    const { labels, choices } = view;
    const unlock = button({ label: labels.unlock, kind: 'link', attributes: { id: 'unlock-target' } }, () => {
      this.#unlocked = true;
      this.show(view, chosen);
      this.element.querySelector<HTMLInputElement>('input[name="target"]:checked')?.focus();
    });
    return [
      el(
        'dl',
        { class: 'settled' },
        el('dt', {}, labels.flow),
        el('dd', {}, chosen.flowLabel),
        el('dt', {}, labels.target),
        el(
          'dd',
          { class: 'choice', id: 'target-fixed' },
          el('span', {}, icon('lock'), ' ', el('b', {}, chosen.targetLabel)),
          reachMark(chosen),
          ...(choices.length > 1 ? [unlock] : []),
        ),
      ),
    ];
  }

  #radios({ choices, labels }: FormView, chosen: FormChoice | undefined): Node[] {
    const flows = new Map(choices.map(choice => [choice.flowId, choice.flowLabel]));
    const group = (label: string, members: readonly FormChoice[]) =>
      el(
        'fieldset',
        { class: 'field targets', role: 'radiogroup' },
        el('legend', { class: 'label' }, label),
        ...members.map(choice => this.#radio(choice, isSameChoice(choice, chosen))),
      );
    const [only] = flows.values();
    if (flows.size === 1) {
      return [
        el('dl', { class: 'settled' }, el('dt', {}, labels.flow), el('dd', {}, only ?? '')),
        group(labels.target, choices),
      ];
    }
    return [...flows].map(([flowId, label]) =>
      group(
        label,
        choices.filter(choice => choice.flowId === flowId),
      ),
    );
  }

  #radio(choice: FormChoice, checked: boolean): HTMLElement {
    const input = el('input', { type: 'radio', name: 'target', value: valueOf(choice) });
    input.checked = checked;
    input.addEventListener('change', () => {
      if (input.checked) this.#onChoose(choice);
    });
    return el(
      'label',
      { class: 'check choice' },
      input,
      el('span', {}, choice.breakGlass ? icon('flame') : undefined, choice.targetLabel),
      reachMark(choice),
    );
  }
}

function reachMark({ reach }: FormChoice): HTMLElement | undefined {
  return (
    reach &&
    el(
      'span',
      { class: `reach ${reach.ok ? 'ok' : 'no'}` },
      icon(reach.ok ? 'check' : 'circle-slash'),
      reach.text,
    )
  );
}

function valueOf(choice: Chosen | undefined): string {
  return choice ? `${choice.flowId} ${choice.targetId}` : '';
}
