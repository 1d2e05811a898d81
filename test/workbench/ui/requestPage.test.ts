import { describe, expect, it } from 'vitest';
import { withFlows } from '../../support/workbench/requestFlows';
import { signInButton } from '../../support/workbench/signIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../support/workbench/webviewAudit';
import { RequestPage } from '../journey/requestPage';

/** The form without an instance: how it is filled in, and what it says of what is missing. */
describe('the request form', () => {
  const shared = useWorkbench({ settings: withFlows(), width: 1180, height: 900 });
  const form = () => new RequestPage(shared.ui);
  const page = () => form().frame;

  it('opens from the palette with the flow’s own questions', async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByText('Why do you need access?').waitFor();
    await page().getByRole('radio', { name: '30 min' }).waitFor();
    await auditState(shared, 'form-empty');
    await auditNarrow(shared, 'form-empty');
  });

  it('says what is missing, takes the focus there, and leads to the question', async () => {
    await page().locator('#submit').click();
    await page().locator('#problems:focus').waitFor();
    await form().field('reason').locator('.problem').getByText('This needs an answer.').waitFor();
    await auditState(shared, 'form-problems');
    await page().locator('#problems').press('Tab');
    await page().locator('#problems button:focus').press('Enter');
    await page().locator('#field-reason:focus').waitFor();
  });

  it('can be filled in by keyboard alone', async () => {
    await shared.ui.page.keyboard.type('checking the stuck deploy');
    await page().getByText('25/256').waitFor();
    await shared.ui.page.keyboard.press('Tab');
    await shared.ui.page.keyboard.press('ArrowRight');
    await expect.poll(() => page().getByRole('radio', { name: '1 h', exact: true }).isChecked()).toBe(true);
  });

  it('says before sending that AWS is asked for single instances', async () => {
    await page().getByRole('radio', { name: 'BackEnd nodes' }).check();
    await page().getByText('AWS node access is asked for one instance at a time.').waitFor();
    expect(await page().locator('#submit').isDisabled()).toBe(true);
    // The reason is asked there too, and what was typed is still in it.
    expect(await page().locator('#field-reason').inputValue()).toBe('checking the stuck deploy');
    await auditState(shared, 'form-needs-instance');
  });

  it('keeps what was typed over a reload of the window', async () => {
    await shared.ui.reloadWindow();
    await page().locator('#field-reason').waitFor();
    expect(await page().locator('#field-reason').inputValue()).toBe('checking the stuck deploy');
    expect(await page().getByRole('radio', { name: 'BackEnd nodes' }).isChecked()).toBe(true);
  });

  it('keeps it when the page is closed too, and says so', async () => {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByText('What you typed before is still here.').waitFor();
    expect(await page().locator('#field-reason').inputValue()).toBe('checking the stuck deploy');
  });
});
