import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BREAK_GLASS } from '../../../support/workbench/requestFlows';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { signInBeside } from '../../../support/workbench/signedIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../../support/workbench/webviewAudit';
import { RequestPage } from '../../journey/requestPage';

const PREPARING_MS = 180_000;
const PATIENT = { timeout: 60_000 };

/** An emergency from the loud form to the review that it leaves behind, with what was asked for opened by itself. */
export function breakGlass(shared: SharedWorkbench): void {
  const sandbox = new SandboxDoor(() => shared.workbench);
  const request = () => new RequestPage(shared.ui);
  const page = () => request().frame;
  const access = () => shared.ui.view('Access');
  const instance = (name: string): Locator =>
    shared.ui.view('Instances').locator(`.monaco-list-row[aria-label^="${name},"]`).first();

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    // Nothing but the flow for emergencies, in which nobody has to be asked.
    shared.workbench.useFolderSettings({ 'jitAccess.flows': [BREAK_GLASS] });
    await sandbox.call('POST', 'settings', { approve: 'auto' });
    await shared.ui.openContainer('JIT Access');
    await instance('web-1').and(shared.ui.page.getByLabel('ask for FrontEnd emergency')).waitFor(PATIENT);
  }, PREPARING_MS);

  afterAll(async () => {
    shared.workbench.useFolderSettings({ 'jitAccess.flows': undefined });
    await sandbox.call('POST', 'settings', { approve: 'manual' });
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('Terminal: Kill All Terminals');
    await shared.ui.clearNotifications();
  });

  it('is of no use where it does not reach: the form says which condition fails and what would help', async () => {
    await shared.ui.chooseFromContextMenu(instance('backend-1'), 'Request Access…');
    await page().getByText('Nothing in your settings reaches backend-1. Nobody has been asked.').waitFor();
    await page().getByText('What would reach it').waitFor();
    expect(await page().locator('#submit').isVisible()).toBe(false);
    await auditState(shared, 'form-unreachable');
    await auditNarrow(shared, 'form-unreachable');
    await page().getByRole('button', { name: 'Ask anyway…' }).click();
    await page().locator('#submit').waitFor();
  });

  it('is loud, and asks for the target’s name and the reason', async () => {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.chooseFromContextMenu(instance('web-1'), 'Request Access…');
    await page().locator('#break-glass').getByText('For emergencies only').waitFor();
    await page().locator('#submit').click();
    await page().locator('#problems:focus').waitFor();
    await request().field('reason').getByText('This needs an answer.').waitFor();
    await request().field('confirmation').getByText('Type FrontEnd emergency').first().waitFor();
    await auditState(shared, 'form-break-glass');
    await auditNarrow(shared, 'form-break-glass');
  });

  it('opens what was asked for, once, when it is active', async () => {
    await page().locator('#field-reason').fill('the shop is down since 14:02');
    await page().getByLabel('Type FrontEnd emergency to confirm').fill('FrontEnd emergency');
    await page().getByRole('radio', { name: 'Forward a port' }).check();
    await page().getByLabel('What to forward').fill('8080');
    await page().locator('#field-reason').press('Control+Enter');
    await request().headline('FrontEnd emergency is active').waitFor();
    const forward = shared.ui.treeRow(/8080/, shared.ui.view('Sessions'));
    await forward.first().waitFor();
    expect(await forward.count()).toBe(1);
    await shared.ui.treeRow(/break-glass · active/, access()).waitFor();
    const status = shared.ui.statusItem('jit-access.jit-access-ec2.jitAccess.grant');
    await status.filter({ hasText: /Break-glass FrontEnd emergency \d+ min/ }).waitFor();
    await expect.poll(() => status.getAttribute('class')).toContain('error-kind');
    await shared.ui.toast('Break-glass: FrontEnd emergency is active for').waitFor();
    await shared.ui
      .treeRow(/FrontEnd emergency.*break-glass · \d+ min left/, shared.ui.view('Instances'))
      .waitFor();
    await shared.screenshot('status-break-glass');
    await auditState(shared, 'timeline-break-glass');
  });

  it('leaves a review that stays until somebody has written what was done', async () => {
    await sandbox.decideNewest('revoke');
    shared.workbench.lookAgain();
    await request()
      .headline(/FrontEnd emergency ended at/)
      .waitFor();
    await page().getByText('Break-glass access: its review is due').waitFor();
    const review = shared.ui.treeRow('Review: FrontEnd emergency', access());
    await review.waitFor();
    await auditState(shared, 'timeline-review-due');
    await shared.ui.reloadWindow();
    await review.click();
    await shared.ui.quickInput.waitFor();
    await shared.ui.page.keyboard.press('Enter');
    await shared.ui.quickInputMessage.getByText('A review is completed with a note.').waitFor();
    await shared.ui.answerInput('Restarted the worker, OPS-412 follows.');
    await review.waitFor({ state: 'detached' });
    await page().getByText('Break-glass access: reviewed').waitFor();
    await shared.ui.clickToastButton(
      shared.ui.toast('The review of FrontEnd emergency is complete.'),
      'Copy Review',
    );
    const clipboard = () => shared.ui.page.evaluate('navigator.clipboard.readText()');
    await expect.poll(clipboard).toContain('Restarted the worker, OPS-412 follows.');
    await expect.poll(clipboard).toMatch(/Sessions\*\*: web-1, forward to 8080/);
  });
}
