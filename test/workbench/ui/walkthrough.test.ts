import { describe, expect, it } from 'vitest';
import { signInButton } from '../../support/workbench/signIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';

/** What somebody meets who has just installed the extension. */
describe('a workbench with the extension', () => {
  const shared = useWorkbench();
  const step = (id: string, state: 'done' | 'open') =>
    shared.ui.page.locator(
      `.getting-started-step[data-step-id$="#${id}"] .codicon-getting-started-step-${state === 'done' ? 'checked' : 'unchecked'}`,
    );
  const show = () => shared.ui.runCommand('JIT Access: Get Started');

  it('has the JIT Access container with its three views', async () => {
    await shared.ui.openContainer('JIT Access');
    for (const view of ['Instances', 'Access', 'Sessions']) {
      await shared.ui.view(view).waitFor();
    }
    await shared.screenshot('container');
  });

  it('offers its commands in the palette, under one category', async () => {
    const titles = await shared.ui.paletteTitles('JIT Access: ');
    expect(titles.length).toBeGreaterThan(3);
    for (const title of titles) expect(title).toMatch(/JIT Access: /);
  });

  it('has a walkthrough that ticks off what was done before it opened, and leaves the rest open', async () => {
    await signInButton(shared.ui).waitFor();
    await show();
    await step('config', 'done').first().waitFor();
    for (const id of ['signIn', 'filter', 'request', 'connect']) await step(id, 'open').first().waitFor();
    await shared.screenshot('walkthrough-first');
  });

  it('has a walkthrough that ticks off what is done while it is open', async () => {
    await shared.ui.view('Instances').getByRole('button', { name: 'Sign In', exact: true }).click();
    const opened = shared.context.waitForEvent('page');
    await shared.ui.clickDialogButton('Copy Code and Open Browser');
    const page = await opened;
    await page.locator('#confirm').click();
    await page.getByText('Signed in', { exact: true }).waitFor();
    await page.close();
    await shared.ui.treeRow('web-1').first().waitFor();
    await step('signIn', 'done').first().waitFor();
    await shared.ui.runCommand('JIT Access: Filter Instances…');
    await shared.ui.answerInput('web');
    await step('filter', 'done').first().waitFor();
    await shared.screenshot('walkthrough-ticked');
  });
});
