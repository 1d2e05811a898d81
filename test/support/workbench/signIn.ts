import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { WorkbenchPage } from './workbenchPage';

/** The people of the sandbox's world. */
export const SAM = 'sam@myco.example';
export const ANA = 'ana@myco.example';

/** What the view of instances offers while nobody is signed in. */
export function signInButton(ui: WorkbenchPage): Locator {
  return ui.view('Instances').getByRole('button', { name: 'Sign In', exact: true });
}

/** Presses the button of a dialog that opens the browser, and hands out the page that opens. */
export async function openBrowser(
  { ui, context }: { readonly ui: WorkbenchPage; readonly context: BrowserContext },
  button: string,
): Promise<Page> {
  const opened = context.waitForEvent('page');
  await ui.clickDialogButton(button);
  return await opened;
}

/** Says yes or no on a page of the sandbox's sign-in, reads what it says then, and closes it. */
export async function answerInBrowser(
  page: Page,
  answer: 'confirm' | 'deny',
  outcome: string | RegExp,
): Promise<void> {
  await page.locator(`#${answer}`).click();
  await page.getByText(outcome).waitFor();
  await page.close();
}

/** Signs in to AWS with a code, as one of the sandbox's people, and waits until instances are listed. */
export async function signIn(ui: WorkbenchPage, context: BrowserContext, email = SAM): Promise<void> {
  const instances = ui.view('Instances');
  await ui.openContainer('JIT Access');
  await signInButton(ui).click();
  const page = await openBrowser({ ui, context }, 'Copy Code and Open Browser');
  await page.locator(`input[value="${email}"]`).check();
  await answerInBrowser(page, 'confirm', /^Signed in$/);
  await instances.locator('.monaco-list-row[aria-label^="web-1,"]').first().waitFor();
}
