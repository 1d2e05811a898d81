/** A tree that becomes XML: an object's members are elements, a list repeats its element, `undefined` leaves it out. */
export type XmlValue =
  string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

export function xmlElement(name: string, value: XmlValue, attributes = ''): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(item => xmlElement(name, item as XmlValue)).join('');
  return `<${name}${attributes}>${xmlContent(value)}</${name}>`;
}

function xmlContent(value: XmlValue): string {
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, member]) => xmlElement(name, member))
      .join('');
  }
  return escape(String(value));
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
