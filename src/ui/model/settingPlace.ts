/** From the first character to behind the last, in characters from the start of the text. */
export interface TextPlace {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a value stands in a settings file: JSON with comments and trailing commas. `path` leads to it by names and positions. What is not
 * there is looked for as far as there is something on the way; undefined when not even the first step is there.
 */
export function settingPlace(text: string, path: readonly (string | number)[]): TextPlace | undefined {
  const start = skipBlank(text, 0);
  const found = text[start] === '{' ? descend(text, start, path) : undefined;
  // The whole file is no place.
  return found?.start === start ? undefined : found;
}

function descend(text: string, start: number, path: readonly (string | number)[]): TextPlace {
  const [step, ...rest] = path;
  const end = endOfValue(text, start);
  if (step === undefined) return { start, end };
  let index = 0;
  for (let at = skipBlank(text, start + 1); at < end - 1; index++) {
    let key: unknown = index;
    const from = at;
    if (text[start] === '{') {
      const keyEnd = endOfString(text, at);
      key = keyAt(text, at, keyEnd);
      const colon = skipBlank(text, keyEnd);
      if (text[colon] !== ':') break;
      at = skipBlank(text, colon + 1);
    }
    const valueEnd = endOfValue(text, at);
    if (key === step) {
      if (rest.length === 0) return { start: from, end: valueEnd };
      return '{['.includes(text[at] ?? ' ') ? descend(text, at, rest) : { start: from, end: valueEnd };
    }
    at = skipBlank(text, valueEnd);
    if (text[at] === ',') at = skipBlank(text, at + 1);
    else break;
  }
  return { start, end };
}

function keyAt(text: string, start: number, end: number): unknown {
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    // Half typed: no key that anybody looks for.
    return undefined;
  }
}

function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    if (/\s/.test(text[at] ?? '')) at++;
    else if (text.startsWith('//', at)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      at = end < 0 ? text.length : end + 2;
    } else return at;
  }
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Behind a value, however deep; at the end of the text when it is not closed. */
function endOfValue(text: string, from: number): number {
  if (text[from] === '"') return endOfString(text, from);
  if (text[from] !== '{' && text[from] !== '[') {
    let at = from;
    while (at < text.length && !/[\s,\]}/]/.test(text[at] ?? '')) at++;
    return Math.max(at, from + 1);
  }
  let depth = 0;
  for (let at = from; at < text.length; at = skipBlank(text, at)) {
    const char = text[at] ?? '';
    if (char === '"') {
      at = endOfString(text, at);
      continue;
    }
    if ('{['.includes(char)) depth++;
    if (']}'.includes(char) && --depth === 0) return at + 1;
    at++;
  }
  return text.length;
}
