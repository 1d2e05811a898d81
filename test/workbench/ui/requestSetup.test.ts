import { describe, expect, it } from 'vitest';
import { signInButton } from '../../support/workbench/signIn';
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
});

describe('the request form without a flow', () => {
  const shared = useWorkbench({ settings: { 'jitAccess.flows': [] }, width: 1180, height: 900 });

  it('says so, with the way to the settings', async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
    await shared.ui.runCommand('JIT Access: Request Access…');
    const page = shared.ui.webview();
    await page.getByText('No access flow is set up.').waitFor();
    await page.getByRole('button', { name: 'Open settings' }).waitFor();
    await auditState(shared, 'form-no-flow');
  });
});
