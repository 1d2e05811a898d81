import type { Instance } from '../../../access/instance';
import { isLike } from '../../../access/tagMatch';

/** Whether an instance is meant, told by its `searchText`. */
export type FilterTest = (text: string) => boolean;

/**
 * Reads a filter once for many instances. Words are separated by spaces and must all match. `Key=pattern` compares a tag (`*` and `?` are
 * wildcards, case does not matter); any other word is looked for in name, id, addresses, state, region and tags. Undefined when the filter
 * asks for nothing, so that everything is meant.
 */
export function parseFilter(filter: string): FilterTest | undefined {
  // Splits at spaces; a quoted part stays whole: `"Cost Center"=web`.
  const words = filter.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  const tests = words.map(word => {
    const plain = word.replaceAll('"', '').toLowerCase();
    const at = plain.indexOf('=');
    return at > 0
      ? tagTest(plain.slice(0, at), plain.slice(at + 1))
      : (text: string): boolean => text.includes(plain);
  });
  if (tests.length === 0) return undefined;
  return text => tests.every(test => test(text));
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

function tagTest(key: string, pattern: string): FilterTest {
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

function valueTest(pattern: string): FilterTest {
  if (!/[*?]/.test(pattern)) return value => value === pattern;
  return value => isLike(pattern, value);
}

function oneLine(text: string): string {
  return text.includes(TAG_START) ? text.replaceAll(TAG_START, ' ') : text;
}
