import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import type { ThemeKind } from '../../support/workbench/workbenchPage';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const themes: readonly ThemeKind[] = ['light', 'dark', 'highContrast', 'highContrastLight'];

describe('the request page', () => {
  const shared = useWorkbench();
  const page = () => shared.ui.webview();

  it('opens from the palette with the flow’s own questions', async () => {
    await shared.ui.openContainer('JIT Access');
    await shared.ui.treeRow('frontend-ssh').waitFor();
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByText('Why do you need access?').waitFor();
    await page().getByText('30 min', { exact: true }).waitFor();
  });

  it('says what is missing at the question, and puts the focus there', async () => {
    await page().locator('#submit').click();
    await page().locator('[data-field="reason"] .problem').getByText('This needs an answer.').waitFor();
    await page().locator('#field-reason textarea:focus').waitFor();
  });

  it('can be filled in by keyboard alone', async () => {
    await shared.ui.page.keyboard.type('checking the stuck deploy');
    await page().getByText('25/256').waitFor();
    await shared.ui.page.keyboard.press('Tab');
    await shared.ui.page.keyboard.press('ArrowRight');
    await page().locator('vscode-radio[value="1h"][checked]').waitFor();
  });

  it.each(themes)('has nothing for axe to find in %s', async theme => {
    await shared.ui.useTheme(theme);
    await shared.screenshot(`request-form-${theme}`);
    expect(await violations(page())).toEqual([]);
  });

  it('fits 320 pixels', async () => {
    await shared.ui.runCommand('View: Toggle Primary Side Bar Visibility');
    await shared.ui.resize(370, 800);
    await page().locator('#submit').scrollIntoViewIfNeeded();
    const overflow = await page()
      .locator('html')
      .evaluate(element => element.scrollWidth - element.clientWidth);
    expect(overflow).toBe(0);
    await shared.screenshot('request-form-320');
  });
});

async function violations(frame: FrameLocator): Promise<readonly string[]> {
  return frame.locator('html').evaluate(async (root, source) => {
    (0, eval)(source);
    const { axe } = root.ownerDocument.defaultView as unknown as {
      axe: {
        run(root: unknown): Promise<{ violations: { id: string; nodes: { failureSummary?: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run(root);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(node => node.failureSummary ?? '').join('; ')}`,
    );
  }, axeSource);
}
