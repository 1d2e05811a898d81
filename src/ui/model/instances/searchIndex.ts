import { instanceKey, type Instance } from '../../../access/instance';
import type { AccountListing } from './inventorySnapshot';
import { parseFilter, searchText, type FilterTest } from './instanceFilter';

export interface TagGroup {
  /** Undefined for the instances that do not carry the tag. */
  readonly value: string | undefined;
  readonly instances: readonly Instance[];
}

/** Instances, and beside each what is searched in it. */
interface Searched {
  readonly instances: readonly Instance[];
  readonly texts: readonly string[];
}

interface Found extends Searched {
  readonly filter: string;
  readonly test: FilterTest;
}

/**
 * Finds among ten thousand instances within a keystroke. What is searched in an instance is put together once, a list is sorted once, and a
 * list that was searched already is not searched again for the same filter, and for a longer one only in what was found. All of it hangs on
 * the instances and lists themselves, which are immutable, and goes with them.
 */
export class SearchIndex {
  readonly #texts = new WeakMap<Instance, string>();
  /** A list at a time: looking up ten thousand instances one by one would take longer than searching them. */
  readonly #searched = new WeakMap<readonly Instance[], Searched>();
  readonly #sorted = new WeakMap<readonly Instance[], readonly Instance[]>();
  readonly #found = new WeakMap<readonly Instance[], Found>();
  readonly #tagged = new WeakMap<
    readonly AccountListing[],
    { readonly key: string; readonly groups: readonly TagGroup[] }
  >();
  readonly #collator = new Intl.Collator(undefined, { numeric: true });
  #last: { readonly filter: string; readonly test: FilterTest | undefined } = {
    filter: '',
    test: undefined,
  };

  /** Those that the filter means, in the order of the list; the list itself when it asks for nothing. */
  find(instances: readonly Instance[], filter: string): readonly Instance[] {
    const test = this.#testOf(filter);
    if (!test) return instances;
    const known = this.#found.get(instances);
    if (known?.filter === filter) return known.instances;
    const within = known && test.narrows(known.test) ? known : this.#searchedOf(instances);
    const found: Instance[] = [];
    const texts: string[] = [];
    // Counted, for an iterator over ten thousand takes longer than comparing them.
    for (let at = 0; at < within.texts.length; at++) {
      const instance = within.instances[at];
      const text = within.texts[at];
      if (instance === undefined || text === undefined || !test.means(text)) continue;
      found.push(instance);
      texts.push(text);
    }
    this.#found.set(instances, { filter, test, instances: found, texts });
    return found;
  }

  /** Does ahead of time what finding in this list takes. */
  prepare(instances: readonly Instance[]): void {
    this.#searchedOf(instances);
  }

  /** The instances by the value of a tag, values and instances sorted; those without it come last, under no value. */
  byTag(accounts: readonly AccountListing[], key: string): readonly TagGroup[] {
    const known = this.#tagged.get(accounts);
    if (known?.key === key) return known.groups;
    const byValue = new Map<string | undefined, Instance[]>();
    for (const { regions } of accounts) {
      for (const { instances } of regions) {
        for (const instance of instances) {
          const value = Object.hasOwn(instance.tags, key) ? instance.tags[key] : undefined;
          const group = byValue.get(value);
          if (group) group.push(instance);
          else byValue.set(value, [instance]);
        }
      }
    }
    const groups = [...byValue]
      .map(([value, instances]) => ({ value, instances: this.byName(instances) }))
      .sort((a, b) => this.#compareValues(a.value, b.value));
    this.#tagged.set(accounts, { key, groups });
    return groups;
  }

  matches(instance: Instance, filter: string): boolean {
    const test = this.#testOf(filter);
    return !test || test.means(this.#textOf(instance));
  }

  /** `web-2` before `web-10`; those without a name come last. */
  byName(instances: readonly Instance[]): readonly Instance[] {
    const known = this.#sorted.get(instances);
    if (known) return known;
    const sorted = [...instances].sort((a, b) => this.compare(a, b));
    this.#sorted.set(instances, sorted);
    return sorted;
  }

  /** The order of `byName`. */
  compare(a: Instance, b: Instance): number {
    if (a.name !== b.name) {
      if (a.name === undefined) return 1;
      if (b.name === undefined) return -1;
      const byName = this.#collator.compare(a.name, b.name);
      if (byName !== 0) return byName;
    }
    const [left, right] = [instanceKey(a), instanceKey(b)];
    return left < right ? -1 : Number(left > right);
  }

  #compareValues(a: string | undefined, b: string | undefined): number {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return this.#collator.compare(a, b);
  }

  #testOf(filter: string): FilterTest | undefined {
    if (this.#last.filter !== filter) this.#last = { filter, test: parseFilter(filter) };
    return this.#last.test;
  }

  #searchedOf(instances: readonly Instance[]): Searched {
    const known = this.#searched.get(instances);
    if (known) return known;
    const searched = { instances, texts: instances.map(instance => this.#textOf(instance)) };
    this.#searched.set(instances, searched);
    return searched;
  }

  #textOf(instance: Instance): string {
    const known = this.#texts.get(instance);
    if (known !== undefined) return known;
    const text = searchText(instance);
    this.#texts.set(instance, text);
    return text;
  }
}
