import { describe, expect, it } from 'vitest';
import { SandboxDoor } from '../../support/workbench/backDoor';
import { SAM, signInButton } from '../../support/workbench/signIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { auditState } from '../../support/workbench/webviewAudit';
import { RequestPage } from '../journey/requestPage';

/** The form where something has to be set up first: it says what, with the way there, and lets nobody write what cannot be sent. */
describe.each([
  {
    what: 'no-url',
    env: { SYM_API_URL: undefined, SYM_JWT: undefined },
    says: 'No Sym API URL is set, so the request cannot be sent yet.',
    offers: 'Set Sym API URL',
  },
  {
    what: 'no-token',
    env: { SYM_JWT: undefined },
    says: 'Sym does not know you yet: there is no token.',
    offers: 'Sign in to Sym…',
  },
])('the request form with $what', ({ what, env, says, offers }) => {
  const shared = useWorkbench({ env, width: 1180, height: 900 });
  const page = () => new RequestPage(shared.ui).frame;

  it('says so, with the way out', async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
    await shared.ui.runCommand('JIT Access: Request Access…');
    await page().getByText(says).waitFor();
    await page().getByRole('button', { name: offers }).waitFor();
    expect(await page().locator('#submit').isDisabled()).toBe(true);
    await auditState(shared, `form-${what}`);
  });

  // The served workbench is a window whose browser may run on another computer.
  if (what === 'no-token')
    it('leads to a sign-in that says why it cannot come back, and what to do', async () => {
      const { ui } = shared;
      const door = new SandboxDoor(() => shared.workbench);
      await page().getByRole('button', { name: offers }).click();
      await ui.quickItem('Through the Browser').click();
      await ui.dialog.filter({ hasText: 'Sym’s sign-in cannot come back to this window' }).waitFor();
      await ui.dialog.getByRole('button', { name: 'Open Browser All the Same' }).waitFor();
      await shared.screenshot('sym-cannot-come-back');
      await ui.clickDialogButton('Paste a Token…');
      const { token } = await door.call<{ token: string }>('POST', 'sym/tokens', { email: SAM });
      await ui.page.locator('.quick-input-widget input[type="password"]').fill(token);
      await ui.page.keyboard.press('Enter');
      await page().getByText(says).waitFor({ state: 'detached' });
      expect(await page().locator('#submit').isEnabled()).toBe(true);
    });
});
