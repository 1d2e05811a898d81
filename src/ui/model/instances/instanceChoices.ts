import { instanceKey, type Instance } from '../../../access/instance';
import type { InstanceMarks } from './instanceMarks';
import { instanceState, type InstanceState } from './instanceRow';
import type { InstanceRowContext } from './instanceRowContext';
import type { Localizer } from '../localizer';
import type { SearchIndex } from './searchIndex';

/** More than anybody reads; each one more is sent to the window and drawn there at every keystroke. */
const MOST_SHOWN = 100;

/** Where a choice stands in the list, in this order. */
export type ChoiceSection = 'favourites' | 'recent' | 'ready' | 'askable' | 'blocked';

const SECTIONS: readonly ChoiceSection[] = ['favourites', 'recent', 'ready', 'askable', 'blocked'];

/** As many as the tree shows. */
const MOST_RECENT = 5;

export interface InstanceChoice {
  readonly instance: Instance;
  readonly section: ChoiceSection;
  readonly state: InstanceState;
}

/** What a picker offers: the person's own first, then those that can be connected to, then those to be asked for; each instance once. */
export class InstanceChoices {
  readonly #l10n: Localizer;
  readonly #search: SearchIndex;
  readonly #context: InstanceRowContext;
  readonly #ranked: readonly Instance[];
  readonly #sections = new Map<Instance, ChoiceSection>();

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
    const own = ownSections(context.marks);
    const bySection = new Map<ChoiceSection, Instance[]>(SECTIONS.map(section => [section, []]));
    for (const instance of search.byName(instances)) {
      if (!isWanted(instance)) continue;
      const ofRank = RANKS[instanceState(l10n, instance, context).rank];
      const section = own.get(instanceKey(instance))?.section ?? ofRank;
      this.#sections.set(instance, section);
      bySection.get(section)?.push(instance);
    }
    const placeOf = (instance: Instance) => own.get(instanceKey(instance))?.at ?? 0;
    for (const section of ['favourites', 'recent'] as const) {
      bySection.get(section)?.sort((a, b) => placeOf(a) - placeOf(b));
    }
    this.#ranked = SECTIONS.flatMap(section => bySection.get(section) ?? []);
    search.prepare(this.#ranked);
  }

  /** The first of those that the filter means, and how many more there are. */
  find(filter: string): { readonly shown: readonly InstanceChoice[]; readonly more: number } {
    const found = this.#search.find(this.#ranked, filter);
    const shown = found.slice(0, MOST_SHOWN).map(instance => ({
      instance,
      section: this.#sections.get(instance) ?? 'blocked',
      state: instanceState(this.#l10n, instance, this.#context),
    }));
    return { shown, more: found.length - shown.length };
  }
}

const RANKS = { 0: 'ready', 1: 'askable', 2: 'blocked' } as const;

interface OwnPlace {
  readonly section: 'favourites' | 'recent';
  readonly at: number;
}

/** Favourites as they were chosen, recent ones as they were used; one that is both is a favourite. */
function ownSections({ favourites, recent }: InstanceMarks): ReadonlyMap<string, OwnPlace> {
  const own = new Map<string, OwnPlace>();
  for (const [at, { key }] of recent.slice(0, MOST_RECENT).entries()) own.set(key, { section: 'recent', at });
  for (const [at, { key }] of favourites.entries()) own.set(key, { section: 'favourites', at });
  return own;
}
