import { describe, expect, it } from 'vitest';
import { CONDITIONAL, EVERY_QUESTION } from '../../support/workbench/requestFlows';
import { signInButton } from '../../support/workbench/signIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../support/workbench/webviewAudit';
import { RequestPage } from '../journey/requestPage';

/** Questions of every kind, and questions that depend on others. */
describe('the questions of the request form', () => {
  const shared = useWorkbench({
    settings: { 'jitAccess.flows': [EVERY_QUESTION, CONDITIONAL] },
    width: 1180,
    height: 1320,
  });
  const form = () => new RequestPage(shared.ui);
  const page = () => form().frame;

  async function openFor(target: string): Promise<void> {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByRole('radio', { name: target }).check();
  }

  it('are of every kind the provider knows', async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
    await openFor('FrontEnd questions');
    await page().getByLabel('How many hosts').fill('many');
    await page().getByLabel('Length of the window').fill('soon');
    await page().getByLabel('logs').check();
    expect(await page().locator('[data-field="origin"]').count()).toBe(0);
    await auditState(shared, 'form-every-question');
  });

  it('say what each answer should be, and lose nothing that was typed', async () => {
    await page().locator('#field-reason').press('Control+Enter');
    await page().locator('#problems:focus').waitFor();
    await form().field('hosts').getByText('Write a whole number, such as 3.').waitFor();
    await form().field('window').getByText('Write a duration such as 30m, 1h or 1d.').waitFor();
    await form().field('stage').getByText('Choose an answer.').waitFor();
    expect(await page().getByLabel('How many hosts').inputValue()).toBe('many');
    await auditState(shared, 'form-every-problem');
    await auditNarrow(shared, 'form-every-question');
  });

  it('are there while their condition holds, and keep their answers meanwhile', async () => {
    await openFor('FrontEnd by impact');
    const incident = page().getByLabel('Incident number');
    expect(await incident.count()).toBe(0);
    await page().getByRole('radio', { name: 'outage' }).check();
    await incident.fill('INC-2204');
    await page().getByLabel('Somebody was paged').check();
    await page().getByLabel('Who was paged').fill('@ana');
    await auditState(shared, 'form-conditional');
    await page().getByRole('radio', { name: 'none' }).check();
    await incident.waitFor({ state: 'detached' });
    await page().getByLabel('Who was paged').waitFor({ state: 'detached' });
    await page().getByRole('radio', { name: 'slow' }).check();
    await incident.waitFor();
    expect(await incident.inputValue()).toBe('INC-2204');
    expect(await page().getByLabel('Somebody was paged').count()).toBe(0);
  });
});
