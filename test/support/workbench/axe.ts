import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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

/** What axe finds in a document, by all of its rules or that of the colours alone: rule, and for each place what is wrong and where. */
export async function violations(
  root: Locator,
  rules: 'everything' | 'colours alone' = 'everything',
): Promise<readonly string[]> {
  return root.evaluate(async (element, only) => {
    const { axe } = element.ownerDocument.defaultView as unknown as { axe: Axe };
    // Of what is right, no more than the first of each kind has to be told; of what is not, its own text says where it is. No rule asks for
    // style sheets to be loaded anew.
    const options = { resultTypes: ['violations'], selectors: false, preload: false };
    const found = await axe.run(element, only ? { ...options, runOnly: ['color-contrast'] } : options);
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(node => `${node.html} ${node.failureSummary ?? ''}`).join('; ')}`,
    );
  }, rules === 'colours alone');
}
