import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { answerInBrowser, openBrowser, SAM } from '../../../support/workbench/signIn';
import { useTheme, type Theme } from '../../../support/workbench/themes';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';

const themes: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** Every way in, while nobody is signed in by the environment. */
export function symSignIn(shared: SharedWorkbench): void {
  const door = new SandboxDoor(() => shared.workbench);
  const access = () => shared.ui.view('Access');
  const unknown = () => access().getByText('Sym does not know you yet.');
  const ready = () => access().getByText('Nothing requested and nothing active.');

  it('is offered where something of Sym’s is missing, in each way there is', async () => {
    await shared.ui.openContainer('JIT Access');
    await unknown().waitFor();
    await access().getByRole('button', { name: 'Sign In to Sym…' }).click();
    for (const way of ['Through the Browser', 'Paste a Token…', 'With symflow login']) {
      await shared.ui.quickItem(way).waitFor();
    }
    await shared.screenshot('sym-ways');
  });

  it('goes through the organisation’s own page, and comes back by itself', async () => {
    await shared.ui.quickItem('Through the Browser').click();
    await shared.ui.dialog.filter({ hasText: /It opens 127\.0\.0\.1:\d+\./ }).waitFor();
    await shared.screenshot('sym-browser-asked');
    const page = await openBrowser(shared, 'Open Browser');
    await page.getByRole('heading', { name: 'Allow the Sym CLI to use your accounts?' }).waitFor();
    await answerInBrowser(page, 'confirm', 'You are signed in');
    await ready().waitFor();
    await shared.screenshot('sym-signed-in');
  });

  it('survives a reload of the window', async () => {
    await shared.ui.reload();
    await shared.ui.openContainer('JIT Access');
    await ready().waitFor();
  });

  it('is undone by forgetting the token', async () => {
    await shared.ui.runCommand('JIT Access: Forget Sym Token');
    await unknown().waitFor();
  });

  it('tells a refusal, and offers every way again', async () => {
    await shared.ui.runCommand('JIT Access: Sign In to Sym through the Browser…');
    await shared.ui.dialog.waitFor();
    const page = await openBrowser(shared, 'Open Browser');
    await answerInBrowser(page, 'deny', 'You are not signed in');
    const failure = shared.ui.toast('The sign-in was refused in the browser.');
    await failure.waitFor();
    await shared.screenshot('sym-refused');
    await shared.ui.clickToastButton(failure, 'Sign In to Sym…');
    await shared.ui.quickItem('With symflow login').click();
    await shared.ui.toast(/Run “symflow login” in a terminal of this computer/).waitFor();
    await shared.screenshot('sym-symflow');
    await shared.ui.clearNotifications();
  });

  it('notices what symflow login leaves behind', async () => {
    const { token } = await door.call<{ token: string }>('POST', 'sym/tokens', { email: SAM });
    const file = shared.workbench.homeFile('.config', 'symflow', 'default', 'config.yml');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `auth_token:\n  access_token: ${token}\norg: acme\n`, { mode: 0o600 });
    await ready().waitFor();
    writeFileSync(file, 'org: acme\n');
    await unknown().waitFor();
  });

  it('takes a pasted token, and does not show it', async () => {
    const { token } = await door.call<{ token: string }>('POST', 'sym/tokens', { email: SAM });
    await shared.ui.runCommand('JIT Access: Set Sym Token…');
    await shared.ui.page.locator('.quick-input-widget input[type="password"]').fill(token);
    await shared.screenshot('sym-paste');
    await shared.ui.page.keyboard.press('Enter');
    await ready().waitFor();
    await shared.ui.runCommand('JIT Access: Forget Sym Token');
    await unknown().waitFor();
  });

  it.each(themes)('is legible in %s', async theme => {
    await useTheme(shared, theme);
    await unknown().waitFor();
    await shared.screenshot(`sym-unknown-${theme}`);
  });
}
