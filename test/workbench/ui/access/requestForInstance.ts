import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { signInBeside } from '../../../support/workbench/signedIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../../support/workbench/webviewAudit';
import { RequestPage } from '../../journey/requestPage';

const GRANT_ITEM = 'jit-access.jit-access-ec2.jitAccess.grant';
const PREPARING_MS = 180_000;

/** The form that is opened from an instance: its target, what to open afterwards, and asking again. Leaves nothing active. */
export function requestForInstance(shared: SharedWorkbench): void {
  const sandbox = new SandboxDoor(() => shared.workbench);
  const form = () => new RequestPage(shared.ui);
  const page = () => form().frame;
  const instance = (name: string): Locator =>
    shared.ui.view('Instances').locator(`.monaco-list-row[aria-label^="${name},"]`).first();
  const asksFor = (name: string) => page().getByRole('heading', { name: `Request access to ${name}` });

  async function openFor(name: string): Promise<void> {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.chooseFromContextMenu(instance(name), 'Request Access…');
    await asksFor(name).waitFor();
  }

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    await shared.ui.openContainer('JIT Access');
    await instance('web-1').waitFor({ timeout: 60_000 });
  }, PREPARING_MS);

  afterAll(async () => {
    await sandbox.endAll();
    shared.workbench.lookAgain();
    await shared.ui.statusItem(GRANT_ITEM).waitFor({ state: 'detached' });
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.clearNotifications();
  });

  it('settles the target, and unlocks others where several reach the instance', async () => {
    await openFor('web-1');
    await page().locator('#target-fixed').getByText('FrontEnd SSH').waitFor();
    await page().getByText('reaches this instance').waitFor();
    await auditState(shared, 'form-locked');
    await page().getByText('Why not another target?').click();
    await page().getByText('it covers Department=BackEnd; web-1 has Department=FrontEnd').first().waitFor();
    await page().getByRole('button', { name: 'Choose another target' }).click();
    await page().getByRole('radio', { name: 'FrontEnd emergency' }).waitFor();
    await auditState(shared, 'form-unlocked');
  });

  it('asks beforehand what to forward, and says what is wrong with it', async () => {
    await page().locator('#field-reason').fill('looking into the slow query');
    await page().getByRole('radio', { name: 'Forward a port' }).check();
    await page().getByLabel('What to forward').fill('mydb.example');
    await page().getByLabel('Port on this computer').fill('99999');
    await page().locator('#submit').click();
    await form()
      .field('forward')
      .getByText('Write a port, or host:port such as mydb.example:3306.')
      .waitFor();
    await form().field('localPort').getByText('A port is a number from 1 to 65535.').waitFor();
    await auditState(shared, 'form-forward');
    await auditNarrow(shared, 'form-forward');
  });

  it('saves a favourite, and fills it in again with a way back', async () => {
    await openFor('web-1');
    await page().locator('#field-reason').fill('the nightly look at the logs');
    await page().getByRole('radio', { name: '1 h', exact: true }).check();
    await page().getByRole('button', { name: 'Save as favourite…' }).click();
    await shared.ui.answerInput('Nightly logs');
    await page().getByRole('button', { name: 'Nightly logs' }).waitFor();
    await page().locator('#field-reason').fill('something else');
    await page().getByRole('button', { name: 'Nightly logs' }).click();
    await expect
      .poll(() => page().locator('#field-reason').inputValue())
      .toBe('the nightly look at the logs');
    await page().locator('.filled').getByText('Filled in from “Nightly logs”.').waitFor();
    await auditState(shared, 'form-favourite');
    await page().getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('something else');
    await shared.ui.view('Access').getByText('Favourites').waitFor();
  });

  it('warns of access that is there, and extends it instead', async () => {
    await page().getByRole('radio', { name: 'Only tell me' }).check();
    await page().locator('#submit').click();
    await form().headline('Waiting for approval').waitFor();
    await sandbox.decideNewest('approve');
    await form().headline('FrontEnd SSH is active').waitFor();
    await openFor('web-1');
    await page()
      .getByText(/You have FrontEnd SSH already, (\d+ min|1 h) left\./)
      .waitFor();
    await page().getByText('Recent reasons').waitFor();
    await auditState(shared, 'form-overlap');
    await page().getByRole('button', { name: 'Same as last time' }).click();
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('something else');
    await page().getByRole('button', { name: 'Extend instead' }).click();
    await page().getByRole('heading', { name: 'Extend FrontEnd SSH' }).waitFor();
    // What was typed went along.
    await expect.poll(() => page().locator('#field-reason').inputValue()).toBe('something else');
    await auditState(shared, 'form-extend');
  });

  it('asks AWS itself too, told as AWS’s and not as Sym’s, and can be taken back there', async () => {
    await openFor('backend-1');
    await page().getByRole('button', { name: 'Choose another target' }).click();
    await page().getByRole('radio', { name: 'BackEnd nodes' }).check();
    await form().fillReason('looking into the queue');
    await form().submit();
    await form().headline('Waiting for approval').waitFor();
    await page()
      .getByText(/you, through AWS: oi-/)
      .waitFor();
    await page().getByRole('button', { name: 'Cancel request' }).waitFor();
    await auditState(shared, 'timeline-pending-aws');
  });

  it('is over when it was taken back', async () => {
    await page().getByRole('button', { name: 'Cancel request' }).click();
    await form().headline('Cancelled').waitFor();
    await shared.ui.treeRow('cancelled', shared.ui.view('Access')).waitFor();
    await auditState(shared, 'timeline-cancelled');
  });
}
