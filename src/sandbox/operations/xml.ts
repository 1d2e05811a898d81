/** A tree that becomes XML: an object's members are elements, a list repeats its element, `undefined` leaves it out. */
export type XmlValue =
  string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** Each element on a line of its own, deeper ones further in by `indent`, as EC2 and STS write them. What is empty closes itself. */
export function xmlElement(
  name: string,
  value: XmlValue,
  { attributes = '', indent = '    ' }: { readonly attributes?: string; readonly indent?: string } = {},
): string {
  return lines(name, value, attributes, indent).join('\n');
}

function lines(name: string, value: XmlValue, attributes: string, indent: string): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap(item => lines(name, item as XmlValue, '', indent));
  if (typeof value !== 'object') {
    const text = escape(String(value));
    return [text === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${text}</${name}>`];
  }
  const members = Object.entries(value).flatMap(([member, content]) => lines(member, content, '', indent));
  if (members.length === 0) return [`<${name}${attributes}/>`];
  return [`<${name}${attributes}>`, ...members.map(line => indent + line), `</${name}>`];
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
