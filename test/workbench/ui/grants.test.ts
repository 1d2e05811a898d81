import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { SandboxDoor } from '../../support/workbench/backDoor';
import { signIn } from '../../support/workbench/signIn';
import { useTheme, type Theme } from '../../support/workbench/themes';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { RequestPage } from '../journey/requestPage';

const GRANT_ITEM = 'jit-access.jit-access-ec2.jitAccess.grant';
const PREPARING_MS = 240_000;
/** A broker is asked again every quarter of a minute, and a warning has its time. */
const SOON = { timeout: 90_000 };
const NODES = 'Development nodes';
const themes: readonly Theme[] = ['light', 'highContrast', 'dark'];

/** What a person is told of requests and grants without looking for it: the status bar and the notices. */
describe('status bar and notices', () => {
  const shared = useWorkbench({
    sandbox: ['--propagation-seconds', '0'],
    settings: { 'jitAccess.signIn.method': 'deviceCode', 'window.confirmBeforeClose': 'never' },
    width: 1200,
    height: 860,
  });
  const door = new SandboxDoor(() => shared.workbench);
  const status = (text?: string | RegExp): Locator => {
    const item = shared.ui.statusItem(GRANT_ITEM);
    return text === undefined ? item : item.filter({ hasText: text });
  };
  /** What a screen reader says of it. */
  const spoken = (text: RegExp): Locator => status().locator('a').and(shared.ui.page.getByLabel(text));
  const instance = (name: string) =>
    shared.ui.view('Instances').locator(`.monaco-list-row[aria-label^="${name},"]`).first();

  async function settings(change: object): Promise<void> {
    await door.call('POST', 'settings', change);
  }

  async function openForm(name: string): Promise<void> {
    await shared.ui.chooseFromContextMenu(instance(name), 'Request Access…');
    const page = new RequestPage(shared.ui);
    await page.frame.getByText('Why do you need access?').waitFor();
    await page.fillReason('checking the stuck deploy of 14:02');
  }

  /** Asks Sym for access to web-1, and gives the run that waits. */
  async function ask(): Promise<string> {
    await shared.ui.clearNotifications();
    await openForm('web-1');
    await new RequestPage(shared.ui).submit();
    await new RequestPage(shared.ui).headline('Waiting for approval').waitFor();
    await shared.ui.runCommand('View: Close All Editors');
    return (await door.newest()).runId;
  }

  /**
   * Access of so many seconds: AWS node access, which a policy approves at once, says when it ends. Sym's API does not: there the client
   * counts what was asked for.
   */
  async function shortAccess(grantSeconds: number): Promise<string> {
    await settings({ grantSeconds });
    await shared.ui.clearNotifications();
    await openForm('dev-web-1');
    await new RequestPage(shared.ui).submit();
    await new RequestPage(shared.ui).headline(`${NODES} is active`).waitFor();
    await shared.ui.runCommand('View: Close All Editors');
    return (await door.newest()).runId;
  }

  /** Takes it back from the approver's side. */
  async function revoke(runId: string): Promise<void> {
    await door.decide(runId, 'revoke');
    shared.workbench.lookAgain();
  }

  async function end(runId: string): Promise<void> {
    await revoke(runId);
    await status(NODES).waitFor({ state: 'detached', ...SOON });
    await shared.ui.clearNotifications();
  }

  beforeAll(async () => {
    await signIn(shared.ui, shared.context);
    // What is asked for here, and nothing that has to be scrolled to.
    await shared.ui.runCommand('JIT Access: Filter Instances…');
    await shared.ui.answerInput('web-1');
    await instance('backend-1').waitFor({ state: 'detached' });
  }, PREPARING_MS);

  it('say nothing while there is nothing', async () => {
    await status().waitFor({ state: 'detached' });
  });

  it('say that a request waits, and then why it was denied', async () => {
    const runId = await ask();
    await status('FrontEnd SSH: waiting').waitFor();
    await spoken(/^FrontEnd SSH, waiting for approval/).waitFor();
    await shared.screenshot('status-waiting');
    await door.decide(runId, 'deny', { reason: 'Use the dashboard for that' });
    const denied = shared.ui.toast('FrontEnd SSH was denied: Use the dashboard for that');
    await denied.getByText('Request Again', { exact: true }).waitFor();
    await status().waitFor({ state: 'detached' });
    await shared.screenshot('notice-denied');
  });

  it('say that AWS is setting it up, and then that it is active and for how long', async () => {
    await settings({ holdPropagation: true, grantSeconds: 1800 });
    const runId = await ask();
    await door.decide(runId, 'approve');
    await status('FrontEnd SSH: setting up').waitFor();
    await shared.screenshot('status-setting-up');
    await settings({ holdPropagation: false });
    shared.workbench.lookAgain();
    const active = shared.ui.toast(/FrontEnd SSH is active for (30|29) min/);
    await active.getByText('Open Shell', { exact: true }).waitFor();
    await active.getByText('Forward Port…', { exact: true }).waitFor();
    await status(/FrontEnd SSH (30|29) min/).waitFor();
    await spoken(/^FrontEnd SSH access, (30|29) minutes left/).waitFor();
    await shared.screenshot('notice-active');
    await shared.ui.clearNotifications();
  });

  it('offer everything in the menu behind the status bar', async () => {
    await status().click();
    for (const label of ['Open Shell…', 'Forward Port…', 'Extend…', 'Give Back', 'Show Details']) {
      await shared.ui.quickItem(label).waitFor();
    }
    await shared.screenshot('status-menu');
    await shared.ui.page.keyboard.press('Escape');
    await shared.ui.quickInput.waitFor({ state: 'hidden' });
  });

  it('count several grants, with the nearest end', async () => {
    const runId = await shortAccess(900);
    await status(/2 grants · (15|14) min/).waitFor();
    await spoken(/^2 grants, the next ends in (15|14) minutes/).waitFor();
    await shared.screenshot('status-several');
    await status().click();
    await shared.ui.page
      .locator('.quick-input-list')
      .getByText(/FrontEnd SSH · active/)
      .waitFor();
    await shared.screenshot('status-menu-several');
    await shared.ui.page.keyboard.press('Escape');
    await shared.ui.clearNotifications();
    await revoke(runId);
    await shared.ui.toast(`${NODES} has ended: revoked`).waitFor(SOON);
    await status(/FrontEnd SSH \d+ min/).waitFor();
    await shared.screenshot('notice-revoked');
    await shared.ui.clearNotifications();
  });

  it('are silent when it is given back from the menu: whoever did it knows', async () => {
    await door.call('POST', 'faults', { operation: 'sym:Deescalate', kind: 'delay', delayMs: 12_000 });
    await status().click();
    await shared.ui.quickItem('Give Back').click();
    await status('FrontEnd SSH: giving back').waitFor();
    await shared.screenshot('status-giving-back');
    await door.letGo('sym:Deescalate');
    await status().waitFor({ state: 'detached' });
    await shared.ui.treeRow(/FrontEnd SSH.*ended \d\d:\d\d, given back/, shared.ui.view('Access')).waitFor();
    expect(await shared.ui.toast(/has ended/).count()).toBe(0);
  });

  it('warn for the last time when one minute is left', async () => {
    const runId = await shortAccess(70);
    // A busy machine may tell it a moment late, and then says how much is left.
    const warning = shared.ui.toast(/Development nodes ends in (1 min|5\d s)/);
    await warning.getByText('Extend…', { exact: true }).waitFor(SOON);
    await shared.screenshot('notice-one-minute');
    await end(runId);
  });

  it('count seconds in the last ten minutes, without alarm', async () => {
    await shortAccess(318);
    await status(/Development nodes 5:\d\d/).waitFor();
    await expect.poll(() => status().getAttribute('class')).not.toContain('warning-kind');
    await shared.screenshot('status-last-ten-minutes');
  });

  it('warn once when five minutes are left, with Extend and Give Back', async () => {
    const warning = shared.ui.toast(`${NODES} ends in 5 min`);
    await warning.getByText('Extend…', { exact: true }).waitFor(SOON);
    await warning.getByText('Give Back', { exact: true }).waitFor();
    await expect.poll(async () => status().getAttribute('class')).toContain('warning-kind');
    await shared.screenshot('notice-five-minutes');
  });

  it('lead from the warning to more time', async () => {
    await shared.ui.clickToastButton(shared.ui.toast(`${NODES} ends in 5 min`), 'Extend…');
    await shared.ui.editorTab(`Extend ${NODES}`).waitFor();
    await new RequestPage(shared.ui).frame.getByText('Why do you need access?').waitFor();
    await shared.screenshot('extend-from-notice');
    await shared.ui.runCommand('View: Close All Editors');
  });

  it.each(themes)('are legible while they warn, in %s', async theme => {
    await useTheme(shared, theme);
    await status(/Development nodes \d:\d\d/).waitFor();
    await shared.screenshot(`status-warning-${theme}`);
  });

  it('say that the time ran out', async () => {
    await end((await door.newest()).runId);
    await settings({ grantSeconds: 12 });
    await openForm('dev-web-1');
    await new RequestPage(shared.ui).submit();
    const ended = shared.ui.toast(`${NODES} has ended: time ran out`);
    await ended.getByText('Request Again', { exact: true }).waitFor(SOON);
    await status().waitFor({ state: 'detached' });
    await shared.screenshot('notice-ended');
  });

  it('say that what was approved could not be set up', async () => {
    await settings({ holdPropagation: true, grantSeconds: 1800 });
    const runId = await ask();
    await door.decide(runId, 'approve');
    await status('FrontEnd SSH: setting up').waitFor();
    await door.decide(runId, 'status', { status: 'errored' });
    const failed = shared.ui.toast('FrontEnd SSH has ended: could not be set up in AWS');
    await failed.getByText('Request Again', { exact: true }).waitFor(SOON);
    await status().waitFor({ state: 'detached' });
    await shared.ui.treeRow('could not be set up in AWS', shared.ui.view('Access')).waitFor();
    await shared.screenshot('notice-not-set-up');
  });

  it('say that a sign-in is missing before what was approved can be used', async () => {
    const runId = await ask();
    await door.call('POST', 'sso/expire', { refreshTokens: true });
    await door.decide(runId, 'approve');
    await status('FrontEnd SSH: sign in to use it').waitFor(SOON);
    await spoken(/^FrontEnd SSH, approved, but you are signed out of AWS/).waitFor();
    // The view says the same, with the sign-in at hand.
    const row = shared.ui.treeRow('approved, but you are signed out of AWS', shared.ui.view('Access'));
    await row.hover();
    await row.getByRole('button', { name: /^Sign In/ }).waitFor();
    await shared.screenshot('status-sign-in-missing');
  });
});
