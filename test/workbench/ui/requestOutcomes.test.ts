import { beforeAll, describe, it } from 'vitest';
import { SandboxDoor } from '../../support/workbench/sandboxDoor';
import { signInButton } from '../../support/workbench/signIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { auditState } from '../../support/workbench/webviewAudit';
import { RequestPage } from '../journey/requestPage';

/** Requests that do not go well: each says who or what, in their words, and what to do next. */
describe('the outcome of a request', () => {
  const shared = useWorkbench({ width: 1180, height: 960 });
  const sandbox = new SandboxDoor(shared);
  const request = () => new RequestPage(shared.ui);
  const page = () => request().frame;

  async function ask(reason: string): Promise<void> {
    await shared.ui.runCommand('View: Close All Editors');
    await shared.ui.runCommand('JIT Access: Request Access…');
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

  it('is a denial in the approver’s words', async () => {
    await askAndWait('curious about the logs');
    await sandbox.decide('deny', { reason: 'Use the log viewer, please.' });
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
    await auditState(shared, 'timeline-refused');
  });

  it('is that nobody approved in time', async () => {
    await askAndWait('looking into the queue');
    await sandbox.decide('expire');
    await request().headline('Nobody approved in time').waitFor();
    await auditState(shared, 'timeline-expired');
  });

  it('is a status that nobody has described, shown as unknown', async () => {
    await askAndWait('looking into the cache');
    await sandbox.decide('status', { status: 'needs_second_look' });
    await request().headline('Sym reports “needs_second_look”').waitFor();
    await page().locator('.step.unknown').waitFor();
    await auditState(shared, 'timeline-unknown');
  });

  it('is a failure, told as one', async () => {
    await sandbox.decide('status', { status: 'errored' });
    await request().headline('The request failed').waitFor();
    await auditState(shared, 'timeline-failed');
  });
});
