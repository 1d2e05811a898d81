import { expect } from 'vitest';
import { bringAxe, violations } from './axe';
import { inEachTheme } from './themes';
import type { SharedWorkbench } from './useWorkbench';

/**
 * Takes a picture of what the page shows in light and dark, `request-<state>-<theme>.png`, and has axe look at it in the last one. In all
 * four kinds of theme axe reads it where the page stands alone (`BarePage`), which takes a tenth of the time; pictured is each state there
 * in one of the four.
 */
export async function auditState(shared: SharedWorkbench, state: string): Promise<void> {
  await inEachTheme(shared, theme => shared.screenshot(`request-${state}-${theme}`), ['light', 'dark']);
  const html = shared.ui.webview().locator('html');
  await bringAxe(html);
  expect(await violations(html)).toEqual([]);
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
