import type { Locator } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { signInBeside } from '../../../support/workbench/signedIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../../support/workbench/webviewAudit';
import { WorkbenchPage } from '../../../support/workbench/workbenchPage';
import { RequestPage } from '../../journey/requestPage';

const GRANT_ITEM = 'jit-access.jit-access-ec2.jitAccess.grant';
const PREPARING_MS = 180_000;
/** For what is missed and then tried again. */
const SOON = { timeout: 5_000 };
const TRIES = 12;

/** A request that goes well: waiting, set up, active, given back, and asked for again. */
export function requestTimeline(shared: SharedWorkbench): void {
  const sandbox = new SandboxDoor(() => shared.workbench);
  const request = () => new RequestPage(shared.ui);
  const page = () => request().frame;
  const web1 = (): Locator =>
    shared.ui.view('Instances').locator('.monaco-list-row[aria-label^="web-1,"]').first();
  const backend1 = (): Locator =>
    shared.ui.view('Instances').locator('.monaco-list-row[aria-label^="backend-1,"]').first();
  const step = (label: string) => page().locator('.step').filter({ hasText: label });

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    await shared.ui.openContainer('JIT Access');
    // A window that was loaded anew does not follow the folder's settings at once, and hears only of the next time that they are written.
    for (let triesLeft = TRIES; ; triesLeft--) {
      shared.workbench.lookAgain();
      try {
        await web1().and(shared.ui.page.getByLabel('ask for FrontEnd SSH')).waitFor(SOON);
        break;
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
  }, PREPARING_MS);

  it('waits, names who was asked, and says that Sym takes nothing back', async () => {
    await shared.ui.chooseFromContextMenu(web1(), 'Request Access…');
    await request().fillReason('checking the stuck deploy of 14:02');
    await request().submit();
    await request().headline('Waiting for approval').waitFor();
    await page().locator('.status').getByText('Approvers in #sym-requests were asked.').waitFor();
    await page().getByText('Sym has no way to take a request back.').waitFor();
    await auditState(shared, 'timeline-pending');
    await auditNarrow(shared, 'timeline-pending');
  });

  it('copies a message for the approver, and the request id for support', async () => {
    await page().getByRole('button', { name: 'Copy message for approver' }).click();
    const clipboard = () => shared.ui.page.evaluate('navigator.clipboard.readText()');
    await expect.poll(clipboard).toContain('checking the stuck deploy of 14:02');
    await page().getByRole('button', { name: 'Copy request id for support' }).click();
    await expect.poll(clipboard).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is there again after a reload of the window', async () => {
    await shared.ui.reloadWindow();
    await request().headline('Waiting for approval').waitFor();
  });

  it('does not take approval for access', async () => {
    await sandbox.call('POST', 'settings', { holdPropagation: true });
    await sandbox.decideNewest('approve');
    await request().headline('Approved. AWS is setting it up.').waitFor();
    await step('Being set up in AWS').and(page().locator('[aria-current="step"]')).waitFor();
    await auditState(shared, 'timeline-provisioning');
    await sandbox.call('POST', 'settings', { holdPropagation: false });
    shared.workbench.lookAgain();
  });

  it('counts down while it is active, with what can be done', async () => {
    await request().headline('FrontEnd SSH is active').waitFor();
    await expect.poll(() => page().locator('.time').textContent()).toMatch(/^2\d:\d\d$/);
    for (const name of ['Open shell', 'Forward port…', 'Extend…', 'Give back'])
      await page().getByRole('button', { name }).waitFor();
    await auditState(shared, 'timeline-active');
    await auditNarrow(shared, 'timeline-active');
  });

  it('is there again with access and draft after the server was ended and started anew', async () => {
    const { ui } = shared;
    await ui.chooseFromContextMenu(backend1(), 'Request Access…');
    await page().getByRole('heading', { name: 'Request access to backend-1' }).waitFor();
    // What was asked for it in the first chapter was sent, and is no draft.
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('');
    await page().locator('#field-reason').fill('half a sentence about');
    await page().getByRole('radio', { name: '1 h', exact: true }).check();
    await ui
      .view('Access')
      .getByText(/active, \d+ min left/)
      .waitFor();
    await shared.workbench.restartServer();
    await ui.reloadWindow();
    await ui
      .statusItem(GRANT_ITEM)
      .filter({ hasText: /FrontEnd SSH \d+ min/ })
      .waitFor();
    await ui
      .view('Access')
      .getByText(/active, \d+ min left/)
      .waitFor();
    await page().getByRole('heading', { name: 'Request access to backend-1' }).waitFor();
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('half a sentence about');
    await expect.poll(() => page().getByRole('radio', { name: '1 h', exact: true }).isChecked()).toBe(true);
    await shared.screenshot('request-after-restart');
    await ui.editorTab(/^Access to web-1/).click();
    await request().headline('FrontEnd SSH is active').waitFor();
    await step('Active').waitFor();
  });

  it('says why it ended, and asks again with the answers filled in', async () => {
    const other = await WorkbenchPage.open(shared.context, shared.workbench.url);
    await other
      .statusItem(GRANT_ITEM)
      .filter({ hasText: /FrontEnd SSH \d+ min/ })
      .waitFor();
    await shared.ui.page.bringToFront();
    await page().getByRole('button', { name: 'Give back' }).click();
    await request()
      .headline(/FrontEnd SSH ended at/)
      .waitFor();
    // A second window knows of it too.
    await other.statusItem(GRANT_ITEM).waitFor({ state: 'detached' });
    await other.page.close();
    await step('Ended: given back').waitFor();
    await auditState(shared, 'timeline-ended');
    await page().getByRole('button', { name: 'Request again' }).click();
    const form = shared.ui.webview(0);
    await form.getByRole('heading', { name: 'Request access to web-1' }).waitFor();
    await form.getByText('Filled in as you asked before.').waitFor();
    await expect
      .poll(() => form.locator('#field-reason').inputValue())
      .toBe('checking the stuck deploy of 14:02');
  });
}
