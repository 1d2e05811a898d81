import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { ANA, SAM, signIn } from '../../../support/workbench/signIn';
import { useTheme, type Theme } from '../../../support/workbench/themes';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { until } from '../../journey/needs';

const BACKEND_1 = 'i-05b7516a19f826be9';
const DEV_WEB_1 = 'i-092d6b5f4e8a7c130';
const PREPARING_MS = 240_000;
const themes: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** What Ana is asked to decide, in her own window. */
export function inbox(shared: SharedWorkbench): void {
  const door = new SandboxDoor(() => shared.workbench);
  const view = () => shared.ui.view('Approvals');
  const row = (text: string | RegExp): Locator => shared.ui.treeRow(text, view());
  const waiting = (who: string): Locator =>
    view().locator(`.monaco-list-row[aria-label^="${who} waits for your decision"]`);
  const statusOf = async (id: string) => (await door.requests()).find(({ runId }) => runId === id);

  /** The view reads by itself twice a minute; nobody wants to wait for that here. */
  async function refresh(): Promise<void> {
    await shared.ui.runCommand('JIT Access: Refresh Approvals');
  }

  async function answer(title: RegExp, text: string): Promise<void> {
    await shared.ui.quickInputTitle.filter({ hasText: title }).waitFor();
    await shared.ui.answerInput(text);
    await shared.ui.quickInput.waitFor({ state: 'hidden' });
  }

  beforeAll(async () => {
    await signIn(shared.ui, shared.context, ANA);
    await view().waitFor();
    // The other views give way, as they do for whoever decides about many requests.
    for (const title of ['Instances', 'Access', 'Sessions']) {
      await shared.ui.view(title).locator('.pane-header').click();
      await shared.ui.view(title).locator('.pane-header[aria-expanded="false"]').waitFor();
    }
  }, PREPARING_MS);

  afterAll(async () => {
    await door.endAll();
    await refresh();
    await view().getByText('Nothing waits for your approval.').waitFor();
  });

  it('is there for whoever may approve, and says that nothing waits', async () => {
    await view().getByText('Nothing waits for your approval.').waitFor();
    await shared.screenshot('inbox-empty');
  });

  it('shows who asks for which instance, why, since when, and its tags', async () => {
    await door.askForNode(
      SAM,
      BACKEND_1,
      'the disk of backend-1 is full since 14:02 and the deploy waits for it',
    );
    await refresh();
    await waiting(SAM).waitFor();
    const label = await waiting(SAM).getAttribute('aria-label');
    expect(label).toMatch(/about backend-1, since less than a minute, the disk of backend-1 is full/);
    await row('the disk of backend-1 is').waitFor();
    await row('deploy waits for it').waitFor();
    // Nothing of it is cut in a side bar of VS Code's usual width.
    const cut = await view()
      .locator('.monaco-list-row .label-name')
      .evaluateAll(labels => labels.filter(label => label.scrollWidth > label.clientWidth).length);
    expect(cut).toBe(0);
    await row('Department=BackEnd').waitFor();
    await shared.ui.page.locator('.activitybar .badge-content').getByText('1').waitFor();
    await shared.screenshot('inbox-pending');
  });

  it('asks for a word and sends it: approved with a comment', async () => {
    const { runId } = await door.newest();
    await shared.ui.clickInlineAction(waiting(SAM), 'Approve…');
    await shared.ui.quickInputTitle.filter({ hasText: /^Approve sam@myco\.example on backend-1$/ }).waitFor();
    await shared.screenshot('inbox-approve');
    await answer(/^Approve/, 'go ahead, and tell me when it is done');
    await until('the request is in force', async () => (await statusOf(runId))?.status === 'escalated');
    expect(await statusOf(runId)).toMatchObject({ decidedBy: ANA });
    await waiting(SAM).waitFor({ state: 'detached' });
    await row(/backend-1.*sam · approved/).waitFor();
    await shared.screenshot('inbox-granted');
  });

  it('says when the same person can get there already', async () => {
    await door.askForNode(SAM, BACKEND_1, 'once more');
    await refresh();
    await waiting(SAM).waitFor();
    await expect.poll(() => waiting(SAM).getAttribute('aria-label')).toContain('has access already');
    await row('has access already').waitFor();
    await shared.screenshot('inbox-overlap');
  });

  it('rejects with a comment, which the requester reads', async () => {
    const { runId } = await door.newest();
    await shared.ui.clickInlineAction(waiting(SAM), 'Reject…');
    await answer(/^Reject sam@myco\.example on backend-1$/, 'you have access already');
    await until('the request is rejected', async () => (await statusOf(runId))?.status === 'denied');
    expect(await statusOf(runId)).toMatchObject({ message: 'you have access already' });
    await waiting(SAM).waitFor({ state: 'detached' });
  });

  it('leaves everything as it is when the question is turned away', async () => {
    const { runId } = await door.askForNode(SAM, BACKEND_1, 'a third time');
    await refresh();
    await shared.ui.clickInlineAction(waiting(SAM), 'Approve…');
    await shared.ui.quickInputTitle.filter({ hasText: /^Approve/ }).waitFor();
    await shared.ui.page.keyboard.press('Escape');
    await shared.ui.quickInput.waitFor({ state: 'hidden' });
    expect((await statusOf(runId))?.status).toBe('requested');
    await door.decide(runId, 'deny');
  });

  it('passes on the broker’s refusal of one’s own request, and the request still waits', async () => {
    const { runId } = await door.askForNode(ANA, BACKEND_1, 'let me in');
    await refresh();
    await shared.ui.clickInlineAction(waiting(ANA), 'Approve…');
    await answer(/^Approve ana@myco\.example on backend-1$/, '');
    await shared.ui.toast(/AWS does not let you do this: .*own/).waitFor();
    await shared.screenshot('inbox-own-request');
    expect((await statusOf(runId))?.status).toBe('requested');
    await waiting(ANA).waitFor();
    await shared.ui.clearNotifications();
  });

  it('revokes what was approved, once that is confirmed', async () => {
    const granted = row(/backend-1.*sam · approved/);
    await shared.ui.clickInlineAction(granted, 'Revoke…');
    await shared.ui.dialog
      .filter({ hasText: 'End the access of sam@myco.example to backend-1 now?' })
      .waitFor();
    await shared.screenshot('inbox-revoke');
    await shared.ui.clickDialogButton('Revoke');
    await granted.waitFor({ state: 'detached' });
  });

  it('offers everything by keyboard from the row', async () => {
    await waiting(ANA).click();
    await shared.ui.quickInputTitle.filter({ hasText: 'ana@myco.example asks for backend-1' }).waitFor();
    await shared.ui.quickItem('Approve…').waitFor();
    await shared.ui.quickItem('Reject…').waitFor();
    await shared.screenshot('inbox-decide');
    await shared.ui.page.keyboard.press('Escape');
  });

  it.each(themes)('is legible in %s', async theme => {
    await useTheme(shared, theme);
    await waiting(ANA).waitFor();
    await shared.screenshot(`inbox-${theme}`);
  });

  it('shows what a policy approved by itself, which nobody can revoke', async () => {
    await door.askForNode(SAM, DEV_WEB_1, 'trying the new build');
    await refresh();
    const byPolicy = row(/sam · approved by policy/);
    await byPolicy.hover();
    expect(await byPolicy.getByRole('button', { name: 'Revoke…' }).count()).toBe(0);
    await shared.screenshot('inbox-by-policy');
  });

  it('says in one row what could not be read, and why', async () => {
    await door.call('POST', 'faults', {
      operation: 'ssm:DescribeOpsItems',
      kind: 'fail',
      times: 2,
      region: 'eu-west-1',
      code: 'AccessDeniedException',
      message: 'not authorized to perform: ssm:DescribeOpsItems',
      status: 400,
    });
    await refresh();
    await row(/eu-west-1.*requests cannot be read/).waitFor();
    await waiting(ANA).waitFor();
    await shared.screenshot('inbox-problem');
    await door.call('DELETE', 'faults');
    await refresh();
    await row(/requests cannot be read/).waitFor({ state: 'detached' });
  });
}
