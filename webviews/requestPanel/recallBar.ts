import type { FormView, Remembered } from '../../src/shared/requestPanel';
import { button } from './buttons';
import { el, icon, Part } from './dom';
import { isSameChoice, type Chosen } from './targetPicker';

/** So many favourites are a click away; all of them are behind one more. */
const FAVOURITES_SHOWN = 4;

/** Asking again with a click: the last request, favourites, and the way back from what was filled in. */
export class RecallBar {
  readonly element = el('div', { class: 'recall-area' });
  readonly #bar = new Part(el('div', {}));
  readonly #filled = el('div', { class: 'filled', hidden: true });
  readonly #deps: {
    readonly fill: (remembered: Remembered) => void;
    readonly all: () => void;
  };

  constructor(deps: { readonly fill: (remembered: Remembered) => void; readonly all: () => void }) {
    this.#deps = deps;
    this.element.append(this.#bar.element, this.#filled);
  }

  show({ recall, labels }: FormView, chosen: Chosen | undefined): void {
    const last = recall.last.find(({ draft }) => isSameChoice(draft, chosen)) ?? recall.last[0];
    this.#bar.show([last, recall.favourites, labels.recall, labels.favourites], () => {
      if (!last && recall.favourites.length === 0) return [];
      const chip = (remembered: Remembered, symbol: string) =>
        button(
          {
            label: remembered.label,
            icon: symbol,
            attributes: { title: remembered.hint, class: 'button secondary chip' },
          },
          () => this.#deps.fill(remembered),
        );
      return [
        el(
          'div',
          { class: 'recall', role: 'group', 'aria-label': labels.recall },
          last && chip(last, 'history'),
          ...recall.favourites.slice(0, FAVOURITES_SHOWN).map(favourite => chip(favourite, 'star-full')),
          recall.favourites.length > 0
            ? button({ label: labels.favourites, kind: 'link', attributes: { id: 'favourites' } }, () =>
                this.#deps.all(),
              )
            : undefined,
        ),
        last && el('div', { class: 'hint recall-hint' }, last.hint),
      ];
    });
  }

  /** Says where the answers come from, and offers the way back while there is one. */
  say(note: string, undo?: { readonly label: string; readonly run: () => void }): void {
    this.#filled.hidden = false;
    this.#filled.replaceChildren(
      icon('info'),
      el('span', { class: 'grow' }, note),
      ...(undo
        ? [button({ label: undo.label, icon: 'discard', attributes: { id: 'undo-fill' } }, undo.run)]
        : []),
    );
  }
}
