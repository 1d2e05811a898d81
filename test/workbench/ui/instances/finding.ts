import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { instanceRow } from '../../../support/workbench/instanceRow';
import { pictureLooks } from '../../../support/workbench/looks';
import { signInBeside } from '../../../support/workbench/signedIn';
import type { SharedWorkbench } from '../../../support/workbench/useWorkbench';
import { until } from '../../journey/needs';

const WEB_1 = 'i-060ee0879f3ec4eb7';
const WEB_2 = 'i-0b3d7a94e1c2f5860';
const BACKEND_1 = 'i-05b7516a19f826be9';
const PREPARING_MS = 240_000;
const PATIENT = { timeout: 60_000 };

/** Filters, groups, favourites, and what is copied from a row. */
export function finding(shared: SharedWorkbench): void {
  const instances = () => shared.ui.view('Instances');
  const row = instanceRow(shared);
  const door = new SandboxDoor(() => shared.workbench);
  const instanceIs = (id: string, change: object) => door.call('POST', `instances/${id}`, change);

  /** As when the files are edited: every region is listed again. */
  function touchConfig(): void {
    appendFileSync(shared.workbench.sandbox?.env['AWS_CONFIG_FILE'] ?? '', '\n');
  }

  async function clipboardIs(text: string | RegExp): Promise<void> {
    await until(`the clipboard holds ${String(text)}`, async () => {
      const held = String(await shared.ui.page.evaluate('navigator.clipboard.readText()'));
      return typeof text === 'string' ? held === text : text.test(held);
    });
  }

  beforeAll(async () => {
    await signInBeside(shared.workbench);
    await shared.ui.openContainer('JIT Access');
    await row('web-1,').waitFor(PATIENT);
    await row('backend-1,').waitFor(PATIENT);
  }, PREPARING_MS);

  it('says in the row and in the card why an instance cannot be reached', async () => {
    const { ui } = shared;
    await row('web-1, no grant, ask for FrontEnd SSH').waitFor();
    await row('backend-1, no grant, ask for BackEnd SSH or BackEnd nodes').waitFor();
    await row('web-canary, stopped').waitFor();
    await row('web-lost, ping lost').waitFor();
    await instanceIs(WEB_2, { agentVersion: '2.3.100.0' });
    touchConfig();
    await row('web-2, no grant, ask for FrontEnd SSH, agent too old to forward ports').waitFor(PATIENT);
    const unmanaged = row('legacy-ftp, not managed by SSM, no instance profile');
    await unmanaged.hover();
    const card = ui.page.locator('.workbench-hover').filter({ hasText: 'default host management' });
    await card.waitFor();
    await card.getByText('203.0.113.17').waitFor();
    await card.getByText('Department=FrontEnd').waitFor();
    await shared.screenshot('finding-card');
    await ui.page.keyboard.press('Escape');
    await pictureLooks(shared, 'finding-why-not');
    await instanceIs(WEB_2, { agentVersion: '3.3.1142.0' });
  });

  it('keeps the row of an open menu while everything is listed anew', async () => {
    const { ui } = shared;
    for (const state of ['stopped', 'running']) {
      await row('web-1,').click({ button: 'right' });
      await ui.menuItem('Copy').waitFor();
      await instanceIs(BACKEND_1, { state });
      touchConfig();
      await row(state === 'stopped' ? 'backend-1, stopped' : 'backend-1, no grant').waitFor(PATIENT);
      await ui.chooseFromOpenMenu('Copy', 'Copy Instance ID');
      await clipboardIs(WEB_1);
      expect(await ui.quickInput.isVisible()).toBe(false);
    }
  });

  it('copies what one needs elsewhere, from one submenu', async () => {
    const { ui } = shared;
    await ui.chooseFromContextMenu(row('web-1,'), 'Copy', 'Copy ARN');
    await clipboardIs(`arn:aws:ec2:us-east-1:123456789012:instance/${WEB_1}`);
    await ui.chooseFromContextMenu(row('web-1,'), 'Copy', 'Copy Private IP Address');
    await clipboardIs('10.0.1.17');
    await ui.chooseFromContextMenu(row('legacy-ftp,'), 'Copy', 'Copy Public IP Address');
    await clipboardIs('203.0.113.17');
    await ui.chooseFromContextMenu(row('web-1,'), 'Copy', 'Copy AWS CLI Command');
    await clipboardIs(`aws ssm start-session --target ${WEB_1} --region us-east-1`);
    await row('web-1,').hover();
    expect(await row('web-1,').getByRole('button').count()).toBeLessThanOrEqual(3);
    await row('web-1,').click({ button: 'right' });
    await ui.menuItem('Copy').hover();
    await ui.menuItem('Copy ARN').waitFor();
    await shared.screenshot('finding-menu');
    await ui.page.keyboard.press('Escape');
    await ui.page.keyboard.press('Escape');
  });

  it('filters with each keystroke, and puts back what was there', async () => {
    const { ui } = shared;
    await ui.runCommand('JIT Access: Filter Instances…');
    await ui.quickInput.fill('web');
    await row('backend-1,').waitFor({ state: 'detached' });
    await ui.quickInput.fill('web-2');
    await row('web-1,').waitFor({ state: 'detached' });
    await row('web-2,').waitFor();
    await shared.screenshot('finding-filter');
    await ui.page.keyboard.press('Escape');
    await row('web-1,').waitFor();
    await row('backend-1,').waitFor();
  });

  it('opens what a filter has found although it was folded, and folds it again after', async () => {
    const { ui } = shared;
    const account = row('Account myco-prod,');
    await account.locator('.monaco-tl-twistie').click();
    await row('web-1,').waitFor({ state: 'detached' });
    await ui.runCommand('JIT Access: Filter Instances…');
    await ui.quickInput.fill('web-2');
    await row('web-2,').waitFor();
    await ui.quickInput.fill('web-1');
    await row('web-1,').waitFor();
    await ui.page.keyboard.press('Escape');
    await account.and(ui.page.locator('[aria-expanded="false"]')).waitFor();
    await ui.expand(account);
    await row('web-1,').waitFor();
    await row('backend-1,').waitFor();
  });

  it('saves a filter in the workspace, applies it by name, and passes it on as a link', async () => {
    const { ui } = shared;
    await ui.runCommand('JIT Access: Filter Instances…');
    await ui.quickInput.fill('Department=Back* running');
    await ui.page.keyboard.press('Enter');
    await row('web-1,').waitFor({ state: 'detached' });
    await ui.runCommand('JIT Access: Save Instance Filter…');
    await ui.answerInput('Running back end');
    await ui.quickItem('In this workspace').first().click();
    await until('the workspace has the filter', async () => {
      const file = join(shared.workbench.home.workspace, '.vscode', 'settings.json');
      const settings = await readFile(file, 'utf8').catch(() => '');
      return settings.includes('"Running back end": "Department=Back* running"');
    });
    await ui.runCommand('JIT Access: Copy Instance Filter as Link');
    await clipboardIs(/^[\w-]+:\/\/jit-access\.jit-access-ec2\/filter\?q=Department%3DBack\*\+running$/);
    await ui.runCommand('JIT Access: Clear Instance Filter');
    await row('web-1,').waitFor();
    await ui.runCommand('JIT Access: Choose Saved Filter…');
    await ui.quickItem('Running back end').first().waitFor();
    // The tree shows what it would leave before it is chosen.
    await row('web-1,').waitFor({ state: 'detached' });
    await shared.screenshot('finding-saved-filter');
    await ui.page.keyboard.press('Enter');
    await ui.quickInput.waitFor({ state: 'hidden' });
    await row('backend-1,').waitFor();
    await row('web-1,').waitFor({ state: 'detached' });
    await ui.runCommand('JIT Access: Clear Instance Filter');
    await row('web-1,').waitFor();
  });

  it('opens the view as a link says, once the person has allowed it', async () => {
    const { ui } = shared;
    await ui.openContainer('Explorer');
    await ui.runCommand('Developer: Open URL');
    await ui.answerInput('code-oss://jit-access.jit-access-ec2/filter?q=Department%3DBack*&by=region');
    await ui.dialog.filter({ hasText: 'JIT Access' }).waitFor();
    await ui.clickDialogButton('Open');
    await row('Region us-east-1,').waitFor();
    await row('backend-1,').waitFor();
    await row('web-1,').waitFor({ state: 'detached' });
    await instances().getByText('Department=Back* · by region').first().waitFor();
    await shared.screenshot('finding-link');
    await ui.runCommand('JIT Access: Clear Instance Filter');
    await row('web-1,').waitFor();
  });

  it('groups by region and by a tag', async () => {
    const { ui } = shared;
    // As the link has left it.
    await row('Region eu-west-1,').waitFor();
    await shared.screenshot('finding-by-region');
    await ui.runCommand('JIT Access: Group Instances By…');
    await ui.quickItem('Account').first().click();
    await row('Account myco-prod,').waitFor();
    await ui.runCommand('JIT Access: Group Instances By…');
    await ui.quickItem('Region').first().click();
    await row('Region eu-west-1,').waitFor();
    await ui.runCommand('JIT Access: Group Instances By…');
    await ui.quickItem('Department').first().click();
    await row('Tag Department FrontEnd,').waitFor();
    await row('Without tag Department,').waitFor();
    await pictureLooks(shared, 'finding-by-tag');
    await ui.runCommand('JIT Access: Group Instances By…');
    await ui.quickItem('Account').first().click();
    await row('Account myco-prod,').waitFor();
  });

  it('has favourites on top, in the tree and where one connects', async () => {
    const { ui } = shared;
    await ui.chooseFromContextMenu(row('web-2,'), 'Add to Favourites');
    const favourites = row('Favourites, 1 instance');
    await favourites.waitFor();
    await expect
      .poll(() => instances().locator('.monaco-list-row').first().getAttribute('aria-label'))
      .toContain('Favourites');
    await shared.screenshot('finding-favourites');
    await ui.runCommand('JIT Access: Connect to Instance…');
    const first = ui.page.locator('.quick-input-list .monaco-list-row').first();
    await first.filter({ hasText: 'web-2' }).waitFor();
    await first.getByText('Favourites').waitFor();
    await ui.quickItem('backend-1').first().getByText('Without Active Access').waitFor();
    await shared.screenshot('finding-connect');
    await ui.quickInput.fill('Department=BackEnd eu');
    await ui.quickItem('backend-eu-1').first().waitFor();
    await ui.quickItem('web-2').waitFor({ state: 'detached' });
    await ui.page.keyboard.press('Escape');
    await ui.chooseFromContextMenu(row('web-2,'), 'Remove from Favourites');
    await favourites.waitFor({ state: 'detached' });
  });
}
