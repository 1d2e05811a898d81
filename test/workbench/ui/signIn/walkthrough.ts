import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { signInButton } from '../../../support/workbench/signIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';

/** What somebody meets who has just installed the extension. The walkthrough stays open. */
export function firstLook(shared: SharedWorkbench): void {
  const step = stepIn(shared);

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
    await shared.ui.runCommand('JIT Access: Get Started');
    await step('config', 'done').first().waitFor();
    for (const id of ['signIn', 'filter', 'request', 'connect']) await step(id, 'open').first().waitFor();
    await shared.screenshot('walkthrough-first');
  });
}

/** That the walkthrough which `firstLook` has left open has followed a sign-in since. Closes it. */
export function walkthroughFollows(shared: SharedWorkbench): void {
  const step = stepIn(shared);

  it('ticks off what is done while it is open', async () => {
    await step('signIn', 'done').first().waitFor();
    await shared.ui.runCommand('JIT Access: Filter Instances…');
    await shared.ui.answerInput('web');
    await step('filter', 'done').first().waitFor();
    await shared.screenshot('walkthrough-ticked');
    await shared.ui.runCommand('JIT Access: Clear Instance Filter');
    await shared.ui.runCommand('View: Close All Editors');
  });
}

function stepIn(shared: SharedWorkbench): (id: string, state: 'done' | 'open') => Locator {
  return (id, state) =>
    shared.ui.page.locator(
      `.getting-started-step[data-step-id$="#${id}"] .codicon-getting-started-step-${state === 'done' ? 'checked' : 'unchecked'}`,
    );
}
