/** A section header of an AWS config or credentials file. */
export interface IniSection {
  /** Between the brackets, as written. */
  readonly header: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface IniProblem {
  /** Counted from 1. */
  readonly line: number;
  /** The header of the section it stands in, when it stands in one. */
  readonly section?: string;
  readonly message: string;
}

export interface IniScan {
  readonly sections: readonly IniSection[];
  readonly problems: readonly IniProblem[];
  /** The text with the headers that cannot be read replaced, so that what follows them does not leak into the section before. */
  readonly readable: string;
}

/**
 * Finds where sections begin and which lines the SDK's parser would pass over in silence. The parser itself knows no line
 * numbers: it ignores a header without its bracket, and then counts that section's keys to the one above.
 */
export function scanIni(text: string): IniScan {
  const sections: IniSection[] = [];
  const problems: IniProblem[] = [];
  let current: string | undefined;
  let inside = false;
  const lines = text.split(/\r?\n/).map((raw, index) => {
    const line = index + 1;
    const content = withoutComment(raw);
    if (content === '') return raw;
    if (content.startsWith('[')) {
      const header = content.replace(/^\[|\]$/g, '').trim();
      const fault = faultOfHeader(content, header);
      inside = true;
      current = header;
      if (fault === undefined) {
        sections.push({ header, line });
        return raw;
      }
      problems.push({ line, section: header, message: fault });
      return `[unreadable ${line}]`;
    }
    if (content.indexOf('=') < 1) {
      problems.push(at(line, current, `"${shorten(content)}" is neither a [section] nor a "key = value".`));
    } else if (!inside) {
      problems.push(at(line, undefined, 'This line stands before the first [section] and is ignored.'));
    }
    return raw;
  });
  return { sections, problems, readable: lines.join('\n') };
}

/** A comment begins at `#` or `;`, at the start of a line or after white space. */
function withoutComment(raw: string): string {
  return (raw.split(/(?:^|\s)[;#]/)[0] ?? '').trim();
}

function faultOfHeader(content: string, header: string): string | undefined {
  if (!content.endsWith(']')) return `The section header "${shorten(content)}" is not closed with "]".`;
  if (header === '') return 'The section has no name.';
  if (/^(profile\s+)?__proto__$/.test(header)) return `"${header}" is not a possible name.`;
  return undefined;
}

function at(line: number, section: string | undefined, message: string): IniProblem {
  return section === undefined ? { line, message } : { line, section, message };
}

/** Half a line is enough to find it, and a secret that slipped onto one is not repeated whole. */
function shorten(content: string): string {
  return content.length > 24 ? `${content.slice(0, 24)}…` : content;
}
