import type { BrowserContext, Locator } from 'playwright-core';
import type { WorkbenchPage } from './workbenchPage';

/** The people of the sandbox's world. */
export const SAM = 'sam@myco.example';
export const ANA = 'ana@myco.example';

/** What the view of instances offers while nobody is signed in. */
export function signInButton(ui: WorkbenchPage): Locator {
  return ui.view('Instances').getByRole('button', { name: 'Sign In', exact: true });
}

/** Signs in to AWS with a code, as one of the sandbox's people, and waits until instances are listed. */
export async function signIn(ui: WorkbenchPage, context: BrowserContext, email = SAM): Promise<void> {
  const instances = ui.view('Instances');
  await ui.openContainer('JIT Access');
  await signInButton(ui).click();
  const opened = context.waitForEvent('page');
  await ui.clickDialogButton('Copy Code and Open Browser');
  const page = await opened;
  await page.locator(`input[value="${email}"]`).check();
  await page.locator('#confirm').click();
  await page.getByText('Signed in', { exact: true }).waitFor();
  await page.close();
  await instances.locator('.monaco-list-row[aria-label^="web-1,"]').first().waitFor();
}
