import { beforeAll, describe, expect, it } from 'vitest';
import { instanceRow } from '../../support/workbench/instanceRow';
import { pictureLooks } from '../../support/workbench/looks';
import { signInBeside } from '../../support/workbench/signedIn';
import { useWorkbench } from '../../support/workbench/useWorkbench';

const PREPARING_MS = 240_000;
const PATIENT = { timeout: 60_000 };
/** Of rows, until the last of three hundred. */
const MOST_PAGES = 30;

describe('the view of ten thousand instances', () => {
  const shared = useWorkbench({
    sandbox: ['--instances', '10000', '--accounts', '20'],
    settings: { 'jitAccess.regions': ['us-east-1', 'eu-west-1', 'us-west-2'] },
  });
  const row = instanceRow(shared);
  const instances = () => shared.ui.view('Instances');
  const openGroups = () => instances().locator('.monaco-list-row[aria-expanded="true"]');
  const listing = () => instances().locator('.monaco-progress-container.active');

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    await shared.ui.openContainer('JIT Access');
    await row('Account myco-prod').waitFor({ timeout: PREPARING_MS });
    await listing().waitFor({ state: 'detached', timeout: PREPARING_MS });
  }, 2 * PREPARING_MS);

  it('counts them by account', async () => {
    await instances()
      .getByText(/0 connectable, \d{3} total/)
      .first()
      .waitFor();
    await pictureLooks(shared, 'state-ten-thousand');
  });

  it('shows the regions of an account when it is opened', async () => {
    const account = row('Account myco-prod,');
    await expect.poll(() => account.getAttribute('aria-expanded')).toBe('false');
    await shared.ui.expand(account);
    await row('Region us-west-2,').waitFor();
    await shared.screenshot('state-ten-thousand-account');
    await account.locator('.monaco-tl-twistie').click();
    await row('Region us-west-2,').waitFor({ state: 'detached' });
  });

  it('is narrowed to one by a few words, and keeps the words in sight', async () => {
    const { ui } = shared;
    await ui.runCommand('JIT Access: Filter Instances…');
    await ui.quickInput.fill('backend-09998 Department=BackEnd');
    await row('backend-09998,').waitFor(PATIENT);
    await instances()
      .getByText(/^1 of \d+$/)
      .first()
      .waitFor();
    await ui.page.keyboard.press('Enter');
    await ui.quickInput.waitFor({ state: 'hidden' });
    await instances().getByText('backend-09998 Department=BackEnd').first().waitFor();
    await pictureLooks(shared, 'state-ten-thousand-filtered');
    await ui.runCommand('JIT Access: Clear Instance Filter');
    await row('Account myco-prod').waitFor();
  });

  it('is grouped by a tag', async () => {
    const { ui } = shared;
    await ui.runCommand('JIT Access: Group Instances By…');
    await ui.quickItem('Department').first().click();
    const group = row('Tag Department BackEnd,');
    await group.waitFor(PATIENT);
    await instances()
      .getByText(/connectable, 25\d\d total/)
      .first()
      .waitFor();
    await pictureLooks(shared, 'state-ten-thousand-by-tag');
  });

  it('begins folded, and says below an open group how many more there are', async () => {
    const { ui } = shared;
    const group = row('Tag Department BackEnd,');
    await expect.poll(() => group.getAttribute('aria-expanded')).toBe('false');
    await ui.expand(group);
    await row('backend-').waitFor(PATIENT);
    await row('backend-').click();
    // The last of the group's: above the next one's first.
    const more = ui.treeRow(/^\d+ more: filter to narrow$/, instances()).first();
    for (let pages = 0; pages < MOST_PAGES && !(await more.isVisible()); pages++)
      await ui.page.keyboard.press('PageDown');
    await more.waitFor();
    await pictureLooks(shared, 'state-ten-thousand-more');
    await more.click();
    await ui.quickInput.fill('backend-09998');
    await row('backend-09998,').waitFor(PATIENT);
    await ui.page.keyboard.press('Escape');
    await ui.quickInput.waitFor({ state: 'hidden' });
  });

  it('stands as it was left when a filter is dropped', async () => {
    // The filter had left one.
    await instances().locator('.monaco-list-row[aria-label^="backend-"]').nth(1).waitFor(PATIENT);
    await openGroups().and(row('Tag Department BackEnd,')).waitFor();
  });

  it('is folded again by one command', async () => {
    await openGroups().first().waitFor();
    await shared.ui.runCommand('JIT Access: Collapse All Instances');
    await expect.poll(() => openGroups().count(), PATIENT).toBe(0);
    await row('Tag Department BackEnd,').waitFor(PATIENT);
  });
});
