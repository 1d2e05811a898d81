import type { Instance } from '../../access/instance';
import { instanceState, type InstanceRowContext, type InstanceState } from './instanceRow';
import type { Localizer } from './localizer';
import type { SearchIndex } from './searchIndex';

/** More than anybody reads; each one more is sent to the window and drawn there at every keystroke. */
const MOST_SHOWN = 100;

export interface InstanceChoice {
  readonly instance: Instance;
  readonly state: InstanceState;
}

/** What a picker offers: those that can be connected to first, then those to be asked for, each by name. */
export class InstanceChoices {
  readonly #l10n: Localizer;
  readonly #search: SearchIndex;
  readonly #context: InstanceRowContext;
  readonly #ranked: readonly Instance[];

  constructor({
    l10n,
    search,
    instances,
    context,
    isWanted,
  }: {
    readonly l10n: Localizer;
    readonly search: SearchIndex;
    readonly instances: readonly Instance[];
    readonly context: InstanceRowContext;
    readonly isWanted: (instance: Instance) => boolean;
  }) {
    this.#l10n = l10n;
    this.#search = search;
    this.#context = context;
    const ranks: Instance[][] = [[], [], []];
    for (const instance of search.byName(instances)) {
      if (isWanted(instance)) ranks[instanceState(l10n, instance, context).rank]?.push(instance);
    }
    this.#ranked = ranks.flat();
  }

  /** The first of those that the filter means, and how many more there are. */
  find(filter: string): { readonly shown: readonly InstanceChoice[]; readonly more: number } {
    const found = this.#search.find(this.#ranked, filter);
    const shown = found.slice(0, MOST_SHOWN).map(instance => ({
      instance,
      state: instanceState(this.#l10n, instance, this.#context),
    }));
    return { shown, more: found.length - shown.length };
  }
}
