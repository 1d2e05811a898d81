import type { Instance } from '../../access/instance';

/**
 * Whether an instance is meant by a filter. Words are separated by spaces and must all match. `Key=pattern` compares a tag
 * (`*` and `?` are wildcards, case does not matter); any other word is looked for in name, id, addresses, state and tags.
 */
export function matchesFilter(instance: Instance, filter: string): boolean {
  return parseFilter(filter).every(term => matchesTerm(instance, term));
}

type Term =
  | { readonly kind: 'tag'; readonly key: string; readonly value: RegExp }
  | { readonly kind: 'text'; readonly text: string };

/** Splits at spaces; a quoted part stays whole: `"Cost Center"=web`. */
export function parseFilter(filter: string): readonly Term[] {
  const words = filter.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  return words.map(word => {
    const plain = word.replaceAll('"', '');
    const at = plain.indexOf('=');
    if (at <= 0) return { kind: 'text', text: plain.toLowerCase() };
    return { kind: 'tag', key: plain.slice(0, at).toLowerCase(), value: wildcard(plain.slice(at + 1)) };
  });
}

function matchesTerm(instance: Instance, term: Term): boolean {
  if (term.kind === 'tag') {
    return Object.entries(instance.tags).some(
      ([key, value]) => key.toLowerCase() === term.key && term.value.test(value),
    );
  }
  return haystack(instance).some(text => text.toLowerCase().includes(term.text));
}

function haystack(instance: Instance): string[] {
  return [
    instance.name ?? '',
    instance.id,
    instance.privateIp ?? '',
    instance.publicIp ?? '',
    instance.state,
    instance.region,
    ...Object.entries(instance.tags).map(([key, value]) => `${key}=${value}`),
  ];
}

function wildcard(pattern: string): RegExp {
  const source = [...pattern]
    .map(char => (char === '*' ? '.*' : char === '?' ? '.' : char.replace(/[.+^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'is');
}
