import { appendFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { signInBeside } from '../../support/workbench/signedIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';

const WEB_1 = 'i-060ee0879f3ec4eb7';
const BACKEND_1 = 'i-05b7516a19f826be9';
const PREPARING_MS = 120_000;

describe('finding an instance', () => {
  const shared = useWorkbench({ settings: { 'jitAccess.regions': ['us-east-1', 'eu-west-1'] } });
  const instances = () => shared.ui.view('Instances');
  const row = (start: string): Locator =>
    instances().locator(`.monaco-list-row[aria-label^="${start}"]`).first();

  async function instanceIs(id: string, change: object): Promise<void> {
    const url = `${shared.workbench.sandbox?.url ?? ''}/_sandbox/instances/${id}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(change), headers });
    expect(answer.status).toBe(200);
  }

  /** As when the files are edited: every region is listed again. */
  function touchConfig(): void {
    appendFileSync(shared.workbench.sandbox?.env['AWS_CONFIG_FILE'] ?? '', '\n');
  }

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    await shared.ui.openContainer('JIT Access');
    await row('web-1,').waitFor({ timeout: 60_000 });
    await row('backend-1,').waitFor();
  }, PREPARING_MS);

  it('keeps the row of an open menu while everything is listed anew', async () => {
    const { ui } = shared;
    for (const state of ['stopped', 'running']) {
      await row('web-1,').click({ button: 'right' });
      await ui.menuItem('Copy Instance ID').waitFor();
      await instanceIs(BACKEND_1, { state });
      touchConfig();
      await row(state === 'stopped' ? 'backend-1, stopped' : 'backend-1, no grant').waitFor();
      await ui.menuItem('Copy Instance ID').click();
      await ui.page.getByText(`Copied ${WEB_1}`).waitFor();
      expect(await ui.page.evaluate('navigator.clipboard.readText()')).toBe(WEB_1);
      expect(await ui.quickInput.isVisible()).toBe(false);
    }
  });
});
