import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FrameLocator } from 'playwright-core';
import { expect } from 'vitest';
import type { SharedWorkbench } from './useWorkbench';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** In the order they are looked at: name of the picture, value of the setting in old and new VS Code, class of the page's body. */
const THEMES = [
  ['light', 'Default Light Modern', 'vscode-light'],
  ['highContrast', 'Default High Contrast', 'vscode-high-contrast'],
  ['highContrastLight', 'Default High Contrast Light', 'vscode-high-contrast-light'],
  ['dark', 'Default Dark Modern', 'vscode-dark'],
] as const;

/** What axe finds in a document: rule, and for each place what is wrong and where. */
export async function violations(frame: FrameLocator): Promise<readonly string[]> {
  return frame.locator('html').evaluate(async (root, source) => {
    (0, eval)(source);
    const { axe } = root.ownerDocument.defaultView as unknown as {
      axe: {
        run(root: unknown): Promise<{
          violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run(root);
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(node => `${node.html} ${node.failureSummary ?? ''}`).join('; ')}`,
    );
  }, AXE);
}

/**
 * Takes a picture of what the page shows in each of the four kinds of theme, `request-<state>-<theme>.png`, and has axe look at it in the
 * last one. The states are read by axe in all four where the page stands alone, which takes a tenth of the time.
 */
export async function auditState(shared: SharedWorkbench, state: string): Promise<void> {
  for (const [theme, setting, bodyClass] of THEMES) {
    shared.workbench.useFolderSettings({ 'workbench.colorTheme': setting });
    await shared.ui.webview().locator(`body.${bodyClass}`).waitFor();
    await shared.screenshot(`request-${state}-${theme}`);
  }
  expect(await violations(shared.ui.webview())).toEqual([]);
}

/** The width of the whole window that leaves the page 320 pixels, with the sidebar shut. */
const NARROW_WINDOW = 368;

/** Takes a picture of the page at 320 pixels, `request-<state>-320.png`, where nothing may be cut off. */
export async function auditNarrow(shared: SharedWorkbench, state: string): Promise<void> {
  const { ui } = shared;
  const size = ui.page.viewportSize() ?? { width: 1280, height: 860 };
  await ui.showSideBar(false);
  await ui.resize(NARROW_WINDOW, size.height);
  const html = ui.webview().locator('html');
  // Both at once, as the page is narrower than that for a moment while the workbench lays itself out.
  await expect
    .poll(() =>
      html.evaluate(({ clientWidth, scrollWidth, ownerDocument }) => ({
        narrow: (ownerDocument.defaultView?.innerWidth ?? 0) > 280 && clientWidth <= 320,
        cutOff: scrollWidth - clientWidth,
      })),
    )
    .toEqual({ narrow: true, cutOff: 0 });
  await shared.screenshot(`request-${state}-320`);
  await ui.resize(size.width, size.height);
  await ui.showSideBar(true);
}
