import { beforeAll, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { signInButton } from '../../../support/workbench/signIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditState } from '../../../support/workbench/webviewAudit';
import { RequestPage } from '../../journey/requestPage';

/** Requests that do not go well: each says who or what, in their words, and what to do next. */
export function requestOutcomes(shared: SharedWorkbench): void {
  const sandbox = new SandboxDoor(() => shared.workbench);
  const request = () => new RequestPage(shared.ui);
  const page = () => request().frame;

  async function ask(reason: string): Promise<void> {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('JIT Access: Request Access…');
    // Another may have been chosen in the form before.
    await page().getByRole('radio', { name: 'FrontEnd SSH' }).check();
    await request().fillReason(reason);
    await request().submit();
  }

  async function askAndWait(reason: string): Promise<void> {
    await ask(reason);
    await request().headline('Waiting for approval').waitFor();
  }

  beforeAll(async () => {
    await shared.ui.openContainer('JIT Access');
    await signInButton(shared.ui).waitFor();
  });

  it('is none yet while it is sent, and while Sym looks at it', async () => {
    // Held for less than the client waits, and let go by the pictures.
    await sandbox.call('POST', 'faults', { operation: 'sym:Request', kind: 'delay', delayMs: 12_000 });
    await sandbox.call('POST', 'faults', { operation: 'sym:GetEvent', kind: 'delay', delayMs: 12_000 });
    await ask('looking into the worker');
    await page().getByRole('button', { name: 'Sending…' }).waitFor();
    await shared.ui.treeRow('being sent', shared.ui.view('Access')).waitFor();
    await shared.screenshot('request-form-sending');
    await sandbox.letGo('sym:Request');
    await request().headline('Waiting for approval').waitFor();
    await shared.screenshot('request-timeline-submitted');
    await sandbox.letGo('sym:GetEvent');
  });

  it('is not known for a while, and that is said', async () => {
    await sandbox.call('POST', 'faults', { operation: 'sym:GetRun', kind: 'fail', status: 503, times: 20 });
    await request().headline('Waiting, but it cannot be followed right now').waitFor();
    await shared.ui.treeRow('waiting; cannot be followed now', shared.ui.view('Access')).waitFor();
    await auditState(shared, 'timeline-unfollowed');
    await sandbox.letGo('sym:GetRun');
    shared.workbench.lookAgain();
    await request().headline('Waiting for approval').waitFor();
    await sandbox.decideNewest('deny');
    await request().headline('Denied').waitFor();
    await shared.ui.clearNotifications();
  });

  it('is a denial in the approver’s words', async () => {
    await askAndWait('curious about the logs');
    await sandbox.decideNewest('deny', { reason: 'Use the log viewer, please.' });
    await request().headline('Denied').waitFor();
    await page().locator('blockquote').getByText('Use the log viewer, please.').waitFor();
    await auditState(shared, 'timeline-denied');
  });

  it('is a refusal by a rule, word for word', async () => {
    await ask('quick');
    await request().headline('Refused by a rule of the flow').waitFor();
    await page()
      .locator('blockquote')
      .getByText('Please say more: a reason has at least 8 characters.', { exact: true })
      .waitFor();
    await shared.ui.toast('FrontEnd SSH was refused: Please say more').waitFor();
    await auditState(shared, 'timeline-refused');
  });

  it('is that nobody approved in time', async () => {
    await askAndWait('looking into the queue');
    await sandbox.decideNewest('expire');
    await request().headline('Nobody approved in time').waitFor();
    await shared.ui.toast('Nobody approved FrontEnd SSH in time').waitFor();
    await auditState(shared, 'timeline-expired');
  });

  it('is an approval that Sym has not acted on yet, and that is not taken for access', async () => {
    await askAndWait('looking into the search');
    await sandbox.decideNewest('status', { status: 'approved' });
    await request().headline('Approved').waitFor();
    await page().getByText('AWS sets it up, usually in under a minute. Then you can connect.').waitFor();
    await shared.ui
      .statusItem('jit-access.jit-access-ec2.jitAccess.grant')
      .filter({ hasText: 'FrontEnd SSH: approved' })
      .waitFor();
    await shared.screenshot('request-timeline-approved');
    await sandbox.decideNewest('expire');
    await sandbox.decideNewest('status', { status: 'denied' });
    await request().headline('Denied').waitFor();
  });

  it('is a status that nobody has described, shown as unknown', async () => {
    await askAndWait('looking into the cache');
    await sandbox.decideNewest('status', { status: 'needs_second_look' });
    await request().headline('Sym reports “needs_second_look”').waitFor();
    await page().locator('.step.unknown').waitFor();
    await auditState(shared, 'timeline-unknown');
  });

  it('is a failure, told as one', async () => {
    await sandbox.decideNewest('status', { status: 'errored' });
    await request().headline('The request failed').waitFor();
    await shared.ui.toast('FrontEnd SSH failed').waitFor();
    await auditState(shared, 'timeline-failed');
    await shared.ui.clearNotifications();
    // Whatever Sym was made to say, it still waits, and one request at a time is its rule.
    await sandbox.decideNewest('expire');
  });

  it('is an approval of no use while nobody is signed in to AWS, with the sign-in at hand', async () => {
    await askAndWait('looking into the mail');
    await sandbox.decideNewest('approve');
    await request().headline('Approved, but you are signed out of AWS').waitFor();
    await page().getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await auditState(shared, 'timeline-signed-out');
  });

  it('is a grant that could not be set up', async () => {
    await sandbox.decideNewest('status', { status: 'errored' });
    await request().headline('FrontEnd SSH could not be set up').waitFor();
    await auditState(shared, 'timeline-not-set-up');
  });
}
