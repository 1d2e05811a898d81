import { beforeAll, expect, it } from 'vitest';
import { SANDBOX_SETTINGS } from '../../../../scripts/workbench/home.mjs';
import { SandboxDoor } from '../../../support/workbench/backDoor';
import { ANA, SAM, signIn } from '../../../support/workbench/signIn';
import { useWorkbench, type SharedWorkbench } from '../../../support/workbench/useWorkbench';
import type { WorkbenchPage } from '../../../support/workbench/workbenchPage';
import { until } from '../../journey/needs';
import { RequestPage } from '../../journey/requestPage';

const GRANT_ITEM = 'jit-access.jit-access-ec2.jitAccess.grant';
const SETTINGS = {
  'jitAccess.signIn.method': 'deviceCode',
  'window.confirmBeforeClose': 'never',
  // No other way to ask, as in an account without Sym.
  'jitAccess.flows': SANDBOX_SETTINGS['jitAccess.flows'].filter(({ broker }) => broker === 'aws'),
};
const PREPARING_MS = 300_000;

/**
 * The whole of AWS's own just-in-time node access: Sam asks at his computer, Ana, whose window is signed in already, decides at hers.
 */
export function nodeAccess(ana: SharedWorkbench): void {
  // A home of his own, and the same organisation.
  const sam = useWorkbench({ beside: ana, settings: SETTINGS, width: 1300, height: 900 });
  const door = new SandboxDoor(() => ana.workbench);
  const request = () => new RequestPage(sam.ui);
  const status = () => sam.ui.statusItem(GRANT_ITEM);

  beforeAll(() => signIn(sam.ui, sam.context, SAM), PREPARING_MS);

  const instance = (name: string) =>
    sam.ui.view('Instances').locator(`.monaco-list-row[aria-label^="${name},"]`).first();

  it('is asked for from the instance, in the words of AWS’s own flow', async () => {
    await sam.ui.chooseFromContextMenu(instance('backend-1'), 'Request Access…');
    await request().frame.getByText('Why do you need access?').waitFor();
    await request().fillReason('the disk of backend-1 is full');
    await request().submit();
    await request().headline('Waiting for approval').waitFor();
    await status().filter({ hasText: 'BackEnd nodes: waiting' }).waitFor();
    // It is in their own inbox too, as their own, and no badge asks them to decide about it.
    await refresh(sam.ui);
    await sam.ui.treeRow(/backend-1.*your own request/, sam.ui.view('Approvals')).waitFor();
    await sam.ui.page
      .locator('.activitybar .badge-content')
      .filter({ hasText: '1' })
      .waitFor({ state: 'hidden' });
    await sam.screenshot('node-access-waiting');
  });

  it('reaches the colleague’s inbox, where she reads who, what and why, and approves', async () => {
    const { ui } = ana;
    const inbox = ui.view('Approvals');
    const waiting = inbox.locator(`.monaco-list-row[aria-label^="${SAM} waits for your decision"]`);
    await refresh(ui);
    await waiting.waitFor();
    await ui.treeRow('the disk of backend-1 is', inbox).waitFor();
    await ui.clickInlineAction(waiting, 'Approve…');
    await ui.quickInputTitle.filter({ hasText: 'Approve sam@myco.example on backend-1' }).waitFor();
    await ui.answerInput('go ahead');
    await until(
      'the request is approved',
      async () => (await door.newest()).status === 'escalated' && (await door.newest()).decidedBy === ANA,
    );
    await waiting.waitFor({ state: 'detached' });
  });

  it('becomes active at the requester’s, who is told', async () => {
    await request().headline('BackEnd nodes is active').waitFor();
    await sam.ui.toast('BackEnd nodes is active').waitFor();
    await status().filter({ hasText: 'BackEnd nodes' }).waitFor();
    await expect
      .poll(() => status().locator('a').getAttribute('aria-label'))
      .toMatch(/^BackEnd nodes access, .* left$/);
    await sam.screenshot('node-access-active');
  });

  it('opens a shell on the node with the credentials that AWS handed out for it', async () => {
    await sam.ui.clickToastButton(sam.ui.toast('BackEnd nodes is active'), 'Open Shell');
    await shows(/Connected to backend-1 .* through BackEnd nodes\. Access ends/);
    await sam.ui.typeInTerminal('echo it-$((40+2))\n');
    await shows(/^it-42$/);
    await sam.screenshot('node-access-shell');
  });

  it('ends with its sessions when it is given back', async () => {
    await sam.ui.runCommand('JIT Access: Give Access Back');
    await shows(/Ended: your BackEnd nodes access was given back at/);
    await status().waitFor({ state: 'detached' });
    expect((await door.newest()).status).toBe('deescalated');
    await sam.screenshot('node-access-given-back');
  });

  it('is approved by policy at once where the account says so', async () => {
    await sam.ui.runCommand('View: Close All Editors');
    await sam.ui.clearNotifications();
    await sam.ui.runCommand('JIT Access: Filter Instances…');
    await sam.ui.answerInput('dev-web-1');
    await instance('backend-1').waitFor({ state: 'detached' });
    await sam.ui.chooseFromContextMenu(instance('dev-web-1'), 'Request Access…');
    await request().frame.getByText('Why do you need access?').waitFor();
    await request().fillReason('trying the new build');
    await request().submit();
    await request().headline('Development nodes is active').waitFor();
    expect(await door.newest()).toMatchObject({ status: 'escalated', decidedBy: 'the auto-approval policy' });
    await sam.screenshot('node-access-by-policy');
  });

  /** From the view's own title, so that the focus may be anywhere. */
  async function refresh(ui: WorkbenchPage): Promise<void> {
    const header = ui.view('Approvals').locator('.pane-header');
    await header.hover();
    await header.getByRole('button', { name: 'Refresh Approvals' }).click();
  }

  async function shows(pattern: RegExp): Promise<void> {
    await until(`the terminal shows ${String(pattern)}`, async () => {
      const lines = await sam.ui.terminalLines();
      return [...lines, lines.join('')].some(line => pattern.test(line));
    });
  }
}
