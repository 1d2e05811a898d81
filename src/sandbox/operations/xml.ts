/** A tree that becomes XML: an object's members are elements, a list repeats its element, `undefined` leaves it out. */
export type XmlValue =
  string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** Each element on a line of its own, deeper ones further in by `indent`, as EC2 and STS write them. What is empty closes itself. */
export function xmlElement(
  name: string,
  value: XmlValue,
  { attributes = '', indent = '    ' }: { readonly attributes?: string; readonly indent?: string } = {},
): string {
  return element(name, value, attributes, { margin: '\n', indent }).trimStart();
}

interface Form {
  /** What stands before the element: the end of the line above, and as many indents as it is deep. */
  readonly margin: string;
  readonly indent: string;
}

/** Strings are joined and nothing is kept in lists: thousands of instances are written by each answer. */
function element(name: string, value: XmlValue, attributes: string, form: Form): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) {
    let all = '';
    for (const one of value) all += element(name, one as XmlValue, '', form);
    return all;
  }
  const { margin, indent } = form;
  let content = '';
  if (typeof value === 'object') {
    const inner = { margin: margin + indent, indent };
    for (const [member, of] of Object.entries(value)) content += element(member, of, '', inner);
    if (content !== '') content += margin;
  } else {
    content = escape(String(value));
  }
  const opening = `${margin}<${name}${attributes}`;
  return content === '' ? `${opening}/>` : `${opening}>${content}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[<>&"']/g, letter => ENTITIES[letter] ?? letter);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};
