import type { Instance } from '../../../access/instance';
import { isLike } from '../../../access/tagMatch';

/** A filter, read once for many instances. */
export interface FilterTest {
  /** Whether an instance is meant, told by its `searchText`. */
  readonly means: (text: string) => boolean;
  /** Whether it means none that `other` does not mean. False too where that is not plain to see. */
  readonly narrows: (other: FilterTest) => boolean;
  /** In lower case, without quotes. */
  readonly words: readonly FilterWord[];
}

interface FilterWord {
  readonly kind: 'tag' | 'text';
  readonly plain: string;
}

/**
 * Words are separated by spaces and must all match. `Key=pattern` compares a tag (`*` and `?` are wildcards, case does not matter); any other
 * word is looked for in name, id, addresses, state, region and tags. Undefined when the filter asks for nothing, so that everything is meant.
 */
export function parseFilter(filter: string): FilterTest | undefined {
  // Splits at spaces; a quoted part stays whole: `"Cost Center"=web`.
  const words = (filter.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word): FilterWord => {
    const plain = word.replaceAll('"', '').toLowerCase();
    return { kind: plain.indexOf('=') > 0 ? 'tag' : 'text', plain };
  });
  if (words.length === 0) return undefined;
  const tests = words.map(testOf);
  const [first, ...others] = tests;
  return {
    words,
    means: first && others.length === 0 ? first : text => tests.every(test => test(text)),
    narrows: other => other.words.every(asked => words.some(word => implies(word, asked))),
  };
}

function testOf({ kind, plain }: FilterWord): (text: string) => boolean {
  if (kind === 'text') return text => text.includes(plain);
  const at = plain.indexOf('=');
  return tagTest(plain.slice(0, at), plain.slice(at + 1));
}

function implies(word: FilterWord, asked: FilterWord): boolean {
  if (word.kind !== asked.kind) return false;
  return word.kind === 'tag' ? word.plain === asked.plain : word.plain.includes(asked.plain);
}

/** Ends a field, and begins a tag. Neither can be typed into a filter. */
const FIELD_END = '\t';
const TAG_START = '\n';

/** All that a filter looks at, in lower case: the fields, then a line for each tag. */
export function searchText({ name, id, privateIp, publicIp, state, region, tags }: Instance): string {
  const fields = [name ?? '', id, privateIp ?? '', publicIp ?? '', state, region, ''].join(FIELD_END);
  const lines = Object.entries(tags).map(([key, value]) => `${TAG_START}${oneLine(`${key}=${value}`)}`);
  return `${fields}${lines.join('')}${TAG_START}`.toLowerCase();
}

function tagTest(key: string, pattern: string): (text: string) => boolean {
  const start = `${TAG_START}${key}=`;
  const isMeant = valueTest(pattern);
  return text => {
    for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
      const from = at + start.length;
      if (isMeant(text.slice(from, text.indexOf(TAG_START, from)))) return true;
    }
    return false;
  };
}

function valueTest(pattern: string): (value: string) => boolean {
  if (!/[*?]/.test(pattern)) return value => value === pattern;
  return value => isLike(pattern, value);
}

function oneLine(text: string): string {
  return text.includes(TAG_START) ? text.replaceAll(TAG_START, ' ') : text;
}
