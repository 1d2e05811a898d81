import { describe, it } from 'vitest';
import { SANDBOX_SETTINGS } from '../../../scripts/workbench/home.mjs';
import { useWorkbench } from '../../support/workbench/useWorkbench';

describe('a mistake in the access flows', () => {
  const [sym] = SANDBOX_SETTINGS['jitAccess.flows'];
  const shared = useWorkbench({
    settings: {
      'jitAccess.flows': [
        { ...sym, targets: sym?.targets.map(target => ({ ...target, sessionDuration: 'two hours' })) },
      ],
    },
    width: 1100,
    height: 860,
  });

  it('is told by the name of flow and field, with what it must be', async () => {
    await shared.ui.openContainer('JIT Access');
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
});
