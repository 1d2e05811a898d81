import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { it } from 'vitest';
import { pictureLooks } from '../../../support/workbench/looks';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { auditState } from '../../../support/workbench/webviewAudit';

/** Nothing is there: no AWS config, no flow. Leaves it so. */
export function emptyViews(shared: SharedWorkbench): void {
  it('without an AWS config: import profiles', async () => {
    await shared.ui.openContainer('JIT Access');
    const instances = shared.ui.view('Instances');
    await instances.getByText('No AWS config file was found').waitFor();
    await instances.getByRole('button', { name: 'Import Profiles from the Portal…' }).waitFor();
    await pictureLooks(shared, 'empty-no-config');
  });

  it('without a flow: open the settings', async () => {
    const access = shared.ui.view('Access');
    await access.getByText('No access flow is set up').waitFor();
    await access.getByRole('button', { name: 'Open Settings' }).waitFor();
  });

  it('in the request form too, without a flow', async () => {
    await shared.ui.runCommand('JIT Access: Request Access…');
    const page = shared.ui.webview();
    await page.getByText('No access flow is set up.').waitFor();
    await page.getByRole('button', { name: 'Open settings' }).waitFor();
    await auditState(shared, 'form-no-flow');
    await shared.ui.runCommand('View: Close All Editors');
  });

  it('without an SSO profile: import some, as soon as the file is there', async () => {
    const file = shared.workbench.homeFile('.aws', 'config');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '[profile keys]\nregion = us-east-1\n');
    await shared.ui.runCommand('JIT Access: Refresh Instances');
    const instances = shared.ui.view('Instances');
    await instances.getByText('no profile that signs in through IAM Identity Center').waitFor();
    await instances.getByRole('button', { name: 'Import Profiles from the Portal…' }).waitFor();
    await pictureLooks(shared, 'empty-no-sso-profile');
    rmSync(file);
    await instances.getByText('No AWS config file was found').waitFor();
  });
}
