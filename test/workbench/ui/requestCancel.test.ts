import type { Locator } from 'playwright-core';
import { beforeAll, describe, it } from 'vitest';
import { signInBeside } from '../../support/workbench/signedIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { auditState } from '../../support/workbench/webviewAudit';
import { RequestPage } from '../journey/requestPage';

const PREPARING_MS = 180_000;

/** A request that goes to AWS itself, and is taken back. */
describe('a request for AWS node access', () => {
  const shared = useWorkbench({ width: 1240, height: 960 });
  const request = () => new RequestPage(shared.ui);
  const page = () => request().frame;
  const backend1 = (): Locator =>
    shared.ui.view('Instances').locator('.monaco-list-row[aria-label^="backend-1,"]').first();

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    await shared.ui.openContainer('JIT Access');
    await backend1().waitFor({ timeout: 60_000 });
  }, PREPARING_MS);

  it('waits, told as AWS’s and not as Sym’s, and can be taken back', async () => {
    await shared.ui.chooseFromContextMenu(backend1(), 'Request Access…');
    await page().getByRole('button', { name: 'Choose another target' }).click();
    await page().getByRole('radio', { name: 'BackEnd nodes' }).check();
    await request().fillReason('looking into the queue');
    await request().submit();
    await request().headline('Waiting for approval').waitFor();
    await page()
      .getByText(/you, through AWS: oi-/)
      .waitFor();
    await page().getByRole('button', { name: 'Cancel request' }).waitFor();
    await auditState(shared, 'timeline-pending-aws');
  });

  it('is over when it was taken back', async () => {
    await page().getByRole('button', { name: 'Cancel request' }).click();
    await request().headline('Cancelled').waitFor();
    await shared.ui.treeRow('cancelled', shared.ui.view('Access')).waitFor();
    await auditState(shared, 'timeline-cancelled');
  });
});
