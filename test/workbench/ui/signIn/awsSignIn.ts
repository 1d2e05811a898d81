import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { answerInBrowser, openBrowser, signInButton } from '../../../support/workbench/signIn';
import { useTheme, type Theme } from '../../../support/workbench/themes';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';

const themes: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** Through the browser, with every way that this can go. Ends signed in. */
export function browserSignIn(shared: SharedWorkbench): void {
  const instances = () => shared.ui.view('Instances');

  it('begins signed out, with one button for all profiles of a sign-in', async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
    expect(await signInButton(shared.ui).count()).toBe(1);
    await shared.screenshot('sign-in-signed-out');
  });

  it('says what will happen, and which host opens, before it does', async () => {
    await signInButton(shared.ui).click();
    await shared.ui.dialog.filter({ hasText: 'Sign in to myco in your browser' }).waitFor();
    await shared.ui.dialog.filter({ hasText: /It opens 127\.0\.0\.1:\d+\./ }).waitFor();
    expect(shared.context.pages()).toHaveLength(1);
    await shared.screenshot('sign-in-browser-asked');
  });

  it('changes over to a code when the browser does not come back', async () => {
    const lost = await openBrowser(shared, 'Open Browser');
    await lost.locator('#confirm').waitFor();
    const waiting = shared.ui.toast('waiting for the browser to come back');
    await waiting.waitFor();
    await lost.close();
    await shared.screenshot('sign-in-browser-waiting');
    await waiting.getByText('use a code instead').click();
    await shared.ui.dialog.filter({ hasText: /Your code for myco is [A-Z]{4}-[A-Z]{4}/ }).waitFor();
    await shared.screenshot('sign-in-code-asked');
    await shared.ui.clickDialogButton('Cancel');
    await shared.ui.dialog.waitFor({ state: 'detached' });
    await shared.ui.toast('waiting for you to confirm').waitFor({ state: 'detached' });
  });

  it('comes back by itself, and leaves a token that the AWS CLI takes', async () => {
    await signInButton(shared.ui).click();
    const page = await openBrowser(shared, 'Open Browser');
    await answerInBrowser(page, 'confirm', 'You are signed in');
    await shared.ui.treeRow('web-1', instances()).first().waitFor();
    const folder = shared.workbench.homeFile('.aws', 'sso', 'cache');
    // printf myco | sha1sum
    expect(readdirSync(folder)).toEqual(['8bad28a6fb0a2aff49e9997d9ab0ee0b67fc3ba1.json']);
    const file = shared.workbench.homeFile('.aws', 'sso', 'cache', readdirSync(folder)[0] ?? '');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object).sort()).toEqual([
      'accessToken',
      'clientId',
      'clientSecret',
      'expiresAt',
      'refreshToken',
      'region',
      'registrationExpiresAt',
      'startUrl',
    ]);
    await shared.screenshot('sign-in-signed-in');
  });
}

/** Signing out, a refusal, and the code that is there for a browser that does not come back. Ends signed in. */
export function signInAgain(shared: SharedWorkbench): void {
  const instances = () => shared.ui.view('Instances');

  it('signs out from the view’s menu, and the token is gone', async () => {
    await shared.ui.runCommand('JIT Access: Sign Out');
    await signInButton(shared.ui).waitFor();
    expect(readdirSync(shared.workbench.homeFile('.aws', 'sso', 'cache'))).toEqual([]);
  });

  it('tells a refusal in the browser where the sign-in can be tried again', async () => {
    await signInButton(shared.ui).click();
    const page = await openBrowser(shared, 'Open Browser');
    await answerInBrowser(page, 'deny', 'You are not signed in');
    const failure = shared.ui.toast('The sign-in was refused in the browser.');
    await failure.waitFor();
    await shared.screenshot('sign-in-refused');
    await shared.ui.clickToastButton(failure, 'Sign In');
    await shared.ui.dialog.filter({ hasText: 'Sign in to myco in your browser' }).waitFor();
  });

  it.each(themes)('is legible in %s', async theme => {
    await shared.ui.clickDialogButton('Cancel');
    await useTheme(shared, theme);
    await signInButton(shared.ui).click();
    await shared.ui.dialog.filter({ hasText: 'Sign in to myco in your browser' }).waitFor();
    await shared.screenshot(`sign-in-browser-${theme}`);
  });

  it('is complete in a narrow window', async () => {
    const size = shared.ui.page.viewportSize() ?? expect.fail('the window has no size');
    await shared.ui.resize(420, 700);
    await shared.ui.dialog.getByRole('button', { name: 'Use a Code Instead' }).waitFor();
    await shared.screenshot('sign-in-browser-narrow');
    await shared.ui.clickDialogButton('Use a Code Instead');
    await shared.ui.dialog.filter({ hasText: /Your code for myco is [A-Z]{4}-[A-Z]{4}/ }).waitFor();
    await shared.screenshot('sign-in-code-narrow');
    await shared.ui.resize(size.width, size.height);
  });

  it('shows the code that the page shows, and signs in with it', async () => {
    const dialog = shared.ui.dialog.filter({ hasText: /Your code for .* is [A-Z]{4}-[A-Z]{4}/ });
    const code = /[A-Z]{4}-[A-Z]{4}/.exec(await dialog.innerText())?.[0] ?? '';
    const page = await openBrowser(shared, 'Copy Code and Open Browser');
    await page.getByText(code, { exact: true }).waitFor();
    await answerInBrowser(page, 'confirm', /^Signed in$/);
    await shared.ui.treeRow('web-1', instances()).first().waitFor();
  });
}
