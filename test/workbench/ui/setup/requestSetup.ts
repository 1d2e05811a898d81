import { afterAll, beforeAll, expect, it } from 'vitest';
import { SANDBOX_SETTINGS } from '../../../../scripts/workbench/home.mjs';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { SAM } from '../../../support/workbench/signIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditState } from '../../../support/workbench/webviewAudit';
import { RequestPage } from '../../journey/requestPage';

/** The form where something has to be set up first: it says what, with the way there, and lets nobody write what cannot be sent. */
export function requestSetup(shared: SharedWorkbench): void {
  const page = () => new RequestPage(shared.ui).frame;
  const unsigned = 'Sym does not know you yet: there is no token.';

  async function says(what: string, offers: string): Promise<void> {
    await page().getByText(what).waitFor();
    await page().getByRole('button', { name: offers }).waitFor();
    await expect.poll(() => page().locator('#submit').isDisabled()).toBe(true);
  }

  beforeAll(async () => {
    shared.workbench.useFolderSettings({ 'jitAccess.flows': SANDBOX_SETTINGS['jitAccess.flows'] });
    await shared.ui.view('Access').getByText('No Sym API URL').waitFor();
  });

  afterAll(async () => {
    await shared.ui.runCommand('View: Close All Editors');
  });

  it('says that Sym’s address is missing, with the way out', async () => {
    await shared.ui.runCommand('JIT Access: Request Access…');
    await says('No Sym API URL is set, so the request cannot be sent yet.', 'Set Sym API URL');
    await auditState(shared, 'form-no-url');
  });

  it('says that Sym does not know the person, with the way out, when the address is set', async () => {
    shared.workbench.useUserSettings({ 'jitAccess.sym.apiUrl': shared.workbench.sandbox?.url });
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.reload();
    await shared.ui.openContainer('JIT Access');
    await shared.ui.view('Access').getByText('Sym does not know you yet.').waitFor();
    await shared.ui.runCommand('JIT Access: Request Access…');
    await says(unsigned, 'Sign in to Sym…');
    await auditState(shared, 'form-no-token');
  });

  // The served workbench is a window whose browser may run on another computer.
  it('leads to a sign-in that says why it cannot come back, and what to do', async () => {
    const { ui } = shared;
    const door = new SandboxDoor(() => shared.workbench);
    await page().getByRole('button', { name: 'Sign in to Sym…' }).click();
    await ui.quickItem('Through the Browser').click();
    await ui.dialog.filter({ hasText: 'Sym’s sign-in cannot come back to this window' }).waitFor();
    await ui.dialog.getByRole('button', { name: 'Open Browser All the Same' }).waitFor();
    await shared.screenshot('sym-cannot-come-back');
    await ui.clickDialogButton('Paste a Token…');
    const { token } = await door.call<{ token: string }>('POST', 'sym/tokens', { email: SAM });
    await ui.page.locator('.quick-input-widget input[type="password"]').fill(token);
    await ui.page.keyboard.press('Enter');
    await page().getByText(unsigned).waitFor({ state: 'detached' });
    await expect.poll(() => page().locator('#submit').isEnabled()).toBe(true);
  });
}
