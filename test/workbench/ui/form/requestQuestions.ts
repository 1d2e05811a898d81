import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONDITIONAL, EVERY_QUESTION } from '../../../support/workbench/requestFlows';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditNarrow, auditState } from '../../../support/workbench/webviewAudit';
import { RequestPage } from '../../journey/requestPage';

/** Questions of every kind, and questions that depend on others. */
export function requestQuestions(shared: SharedWorkbench): void {
  let size = { width: 0, height: 0 };
  const form = () => new RequestPage(shared.ui);
  const page = () => form().frame;

  async function openFor(target: string): Promise<void> {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByRole('radio', { name: target }).check();
  }

  beforeAll(async () => {
    shared.workbench.useFolderSettings({ 'jitAccess.flows': [EVERY_QUESTION, CONDITIONAL] });
    size = shared.ui.page.viewportSize() ?? size;
    await shared.ui.resize(size.width, 1320);
  });

  afterAll(async () => {
    shared.workbench.useFolderSettings({ 'jitAccess.flows': undefined });
    await shared.ui.resize(size.width, size.height);
  });

  it('are of every kind the provider knows', async () => {
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
    await expect.poll(() => page().getByLabel('How many hosts').inputValue()).toBe('many');
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
    await expect.poll(() => incident.inputValue()).toBe('INC-2204');
    expect(await page().getByLabel('Somebody was paged').count()).toBe(0);
  });
}
