import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';

/** Its source, for a page that is to have it from the start. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(
    root: unknown,
    options: {
      readonly runOnly?: readonly string[];
      readonly resultTypes: readonly string[];
      readonly selectors: boolean;
      readonly preload: boolean;
    },
  ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
}

/** Brings axe into the document of this root, where `violations` then finds it. */
export async function bringAxe(root: Locator): Promise<void> {
  await root.evaluate((_root, source) => {
    (0, eval)(source);
  }, AXE);
}

/** What axe finds in a document by all of its rules: rule, and for each place what is wrong and where. */
export async function violations(root: Locator): Promise<readonly string[]> {
  return run(root, []);
}

/** What axe finds by the rule for colours alone, in the elements that a selector names. */
export async function colourViolations(root: Locator, selector: string): Promise<readonly string[]> {
  return run(root, [selector]);
}

async function run(root: Locator, coloursOf: readonly string[]): Promise<readonly string[]> {
  return root.evaluate(async (element, selectors) => {
    const { axe } = element.ownerDocument.defaultView as unknown as { axe: Axe };
    // Of what is right, no more than the first of each kind has to be told; of what is not, its own text says where it is. No rule asks for
    // style sheets to be loaded anew.
    const options = { resultTypes: ['violations'], selectors: false, preload: false };
    const found =
      selectors.length === 0
        ? await axe.run(element, options)
        : await axe.run({ include: [selectors] }, { ...options, runOnly: ['color-contrast'] });
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(node => `${node.html} ${node.failureSummary ?? ''}`).join('; ')}`,
    );
  }, coloursOf);
}
