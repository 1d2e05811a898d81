/** The one function of it that we call: reads a single YAML document into plain values, and throws on anything else. */
declare module 'js-yaml' {
  export function load(text: string): unknown;
}
