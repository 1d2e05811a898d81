import { it } from 'vitest';
import { SANDBOX_SETTINGS } from '../../../../scripts/workbench/home.mjs';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';

/** What somebody is told who has written a flow that cannot be used. */
export function flowMistakes(shared: SharedWorkbench): void {
  const [sym] = SANDBOX_SETTINGS['jitAccess.flows'];
  const mistaken = {
    ...sym,
    targets: sym?.targets.map(target => ({ ...target, sessionDuration: 'two hours' })),
  };

  it('is told by the name of flow and field, with what it must be', async () => {
    await shared.ui.clearNotifications();
    shared.workbench.useFolderSettings({ 'jitAccess.flows': [mistaken] });
    const notice = shared.ui.toast(
      /The access flow AWS SSO Access is left out: targets\[0\]\.sessionDuration must be a duration such as "30m", "2h" or "1d"\. There is one more mistake/,
    );
    await notice.waitFor();
    await shared.screenshot('flow-mistake');
    await shared.ui.clickToastButton(notice, 'Open the Setting');
  });

  it('is opened at its place', async () => {
    // A newer VS Code opens settings in a window above the others.
    const lines = shared.ui.page.locator('.monaco-editor .view-lines').filter({ hasText: 'sessionDuration' });
    await lines.first().waitFor();
    await shared.ui.page
      .locator('.breadcrumbs-control, .monaco-breadcrumbs')
      .getByText('sessionDuration')
      .waitFor();
    await lines.locator('..').locator('.selected-text').first().waitFor();
    await shared.screenshot('flow-mistake-place');
  });
}
