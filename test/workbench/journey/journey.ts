import { createHash } from 'node:crypto';
import { statSync, readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { launchBrowser, openContext } from '../../support/workbench/browser';
import { Story } from '../../support/workbench/story';
import { TestWorkbench } from '../../support/workbench/testWorkbench';
import { WorkbenchPage } from '../../support/workbench/workbenchPage';
import { expectRefused, holdOpen, talkTo } from './localPort';
import { RequestPage } from './requestPage';
import { need, needMatch, until } from './needs';

/**
 * The whole story through the real user interface, in a headless browser: from signed out to a shell and a tunnel, refusal
 * explained, access given back, and access that runs out by itself. Ends with exit code 1 at the first step that is not so.
 */

const GRANT_ITEM = 'jit-access.jit-access-ec2.jitAccess.grant';
const DATABASE = 'mydb.example.us-east-1.rds.amazonaws.com';

const workbench = await TestWorkbench.start({
  settings: { 'window.confirmBeforeClose': 'never', 'terminal.integrated.fontSize': 13 },
});
const browser = await launchBrowser();
try {
  const context = await openContext(browser, { width: 1400, height: 880 });
  const ui = await WorkbenchPage.open(context, workbench.url);
  const story = new Story('journey', ui);
  const instances = ui.view('Instances');
  const access = ui.view('Access');
  const sessions = ui.view('Sessions');
  const status = ui.statusItem(GRANT_ITEM);
  const web1 = () => instanceRow(ui, 'web-1');

  await story.step('signed out: the sidebar says so and offers to sign in', async () => {
    await ui.openContainer('JIT Access');
    await instances.getByText('You are signed out of AWS.').waitFor();
    await instances.getByRole('button', { name: 'Sign In', exact: true }).waitFor();
  });

  await story.step('sign in: the code is shown before the browser opens', async () => {
    await instances.getByRole('button', { name: 'Sign In', exact: true }).click();
    await ui.dialog.filter({ hasText: /Your code for .* is [A-Z]{4}-[A-Z]{4}/ }).waitFor();
  });

  const opened = context.waitForEvent('page');
  await ui.clickDialogButton('Copy Code and Open Browser');
  const confirmation = await opened;
  await story.step(
    'the browser shows the same code and asks',
    async () => {
      await confirmation
        .getByRole('button', { name: /confirm|allow/i })
        .first()
        .waitFor();
    },
    confirmation,
  );
  await story.step(
    'confirmed',
    async () => {
      await confirmation
        .getByRole('button', { name: /confirm|allow/i })
        .first()
        .click();
      await confirmation
        .getByText(/signed in|approved|close this/i)
        .first()
        .waitFor();
    },
    confirmation,
  );
  await confirmation.close();

  await story.step(
    'instances appear with state, reachability and tags; the AWS CLI is signed in too',
    async () => {
      await web1().waitFor();
      await instanceRow(ui, 'backend-1').waitFor();
      await ui
        .treeRow(/stopped/, instances)
        .first()
        .waitFor();
      await ui
        .treeRow(/not managed by SSM/, instances)
        .first()
        .waitFor();
      await ui
        .treeRow(/ping lost/, instances)
        .first()
        .waitFor();
      checkTokenCache(workbench.homeFile('.aws', 'sso', 'cache'), 'myco');
    },
  );

  await story.step('a filter by tag leaves the FrontEnd instances', async () => {
    await ui.runCommand('JIT Access: Filter Instances…');
    await ui.answerInput('Department=FrontEnd');
    await instanceRow(ui, 'backend-1').waitFor({ state: 'detached' });
    await web1().waitFor();
  });
  await ui.runCommand('JIT Access: Clear Instance Filter');
  await instanceRow(ui, 'backend-1').waitFor();

  const page = new RequestPage(ui);
  await story.step('Request Access… opens the form for web-1', async () => {
    await page.openFrom(web1());
    await page.frame.getByText('Why do you need access?').waitFor();
    await page.frame.getByText('reaches this instance').waitFor();
  });

  await story.step('an empty form is not sent, and says what is missing', async () => {
    await page.submit();
    await page.frame.locator('.field.invalid').first().waitFor();
  });

  await story.step('the request is sent and waits for approval', async () => {
    await page.fillReason('checking the stuck deploy of 14:02');
    await page.chooseDuration('30 min');
    await page.submit();
    await page.headline('Waiting for approval').waitFor();
    await status.filter({ hasText: 'FrontEnd SSH: waiting' }).waitFor();
    await ui.treeRow(/FrontEnd SSH/, access).waitFor();
  });

  const approvals = await context.newPage();
  await story.step(
    'an approver sees who asks, for what and why',
    async () => {
      await approvals.goto(`${workbench.sandbox?.url ?? ''}/_sandbox/approvals`);
      await approvals.getByText('checking the stuck deploy of 14:02').waitFor();
    },
    approvals,
  );
  await story.step(
    'and approves',
    async () => {
      await approvals.getByRole('button', { name: 'Approve' }).first().click();
      await approvals
        .getByText(/approved|escalated/i)
        .first()
        .waitFor();
    },
    approvals,
  );
  await ui.page.bringToFront();

  await story.step('approved is not yet usable: AWS is setting it up', async () => {
    await page.headline('Approved. AWS is setting it up.').waitFor();
  });

  await story.step('active: the status bar counts down, panel and notice offer to connect', async () => {
    await page.headline('FrontEnd SSH is active').waitFor();
    await status.filter({ hasText: /FrontEnd SSH (30|29)/ }).waitFor();
    await ui.toast('FrontEnd SSH is active for 30 min').waitFor();
  });

  await story.step('Open Shell: a shell on web-1', async () => {
    await ui.clickToastButton(ui.toast('FrontEnd SSH is active'), 'Open Shell');
    await shows(ui, /Connected to web-1/);
    await ui.typeInTerminal('whoami\n');
    await shows(ui, /^ssm-user$/);
  });

  await story.step('colours, the size of the terminal, and Ctrl-C', async () => {
    await ui.typeInTerminal('stty size\n');
    await shows(ui, /^\d+ \d+$/);
    const before = await terminalSize(ui);
    await ui.resize(1200, 800);
    await until('the shell learns the new size', async () => {
      await ui.typeInTerminal('clear; stty size\n');
      await shows(ui, /^\d+ \d+$/);
      return (await terminalSize(ui)) !== before;
    });
    await ui.resize(1400, 880);
    await ui.typeInTerminal('sleep 1000\n');
    await shows(ui, /sleep 1000/);
    await ui.page.keyboard.press('Control+C');
    await ui.typeInTerminal('echo back-$((6*7))\n');
    await shows(ui, /^back-42$/);
    await ui.typeInTerminal(`printf '\\033[32mgreen\\033[0m \\033[1;34mblue\\033[0m\\n'\n`);
    await shows(ui, /^green blue$/);
  });

  await story.step('a long paste arrives whole', async () => {
    const text = Array.from({ length: 400 }, (_, line) => `line ${line} of a paste`).join('\n');
    await ui.typeInTerminal('cat > pasted.txt\n');
    await ui.copyToClipboard(`${text}\n`);
    await ui.runCommand('Terminal: Paste into Active Terminal');
    await acceptPasteWarning(ui);
    await shows(ui, /line 399 of a paste/);
    await ui.page.keyboard.press('Control+D');
    await ui.typeInTerminal('clear; sha256sum pasted.txt\n');
    await shows(ui, new RegExp(createHash('sha256').update(`${text}\n`).digest('hex')));
  });

  await story.step('exit closes the shell', async () => {
    await ui.typeInTerminal('exit\n');
    await ui.terminalTab('web-1 · SSM').first().waitFor({ state: 'detached' });
  });

  let localPort = 0;
  await story.step('Forward Port… asks for host and port', async () => {
    await ui.chooseFromContextMenu(web1(), 'Forward Port…');
    await ui.quickInput.waitFor();
    await ui.quickInput.fill('99999');
    await ui.page.keyboard.press('Enter');
    await ui.quickInputMessage.filter({ hasText: /port/i }).waitFor();
    await ui.quickInput.fill(`${DATABASE}:3306`);
  });
  await ui.page.keyboard.press('Enter');
  await ui.quickInput.and(ui.page.locator('[placeholder="any free port"]')).waitFor();
  await ui.answerInput('');

  await story.step('a tunnel to the private database, several connections at once', async () => {
    const line = await shows(ui, /Forwarding \S+:(\d+) to/);
    localPort = Number(/:(\d+) to/.exec(line)?.[1]);
    const answers = await Promise.all([1, 2, 3].map(number => talkTo(localPort, `select ${number};\n`)));
    answers.forEach((answer, index) => {
      needMatch(answer, new RegExp(`select ${index + 1};`), 'the database echoes what was sent');
    });
    await shows(ui, /#3 opened/);
    await ui.treeRow(/mydb/, sessions).waitFor();
  });

  await story.step('Ctrl-C ends the tunnel and says so', async () => {
    await ui.page.locator('.terminal-wrapper.active .xterm-screen').click();
    await ui.page.keyboard.press('Control+C');
    await shows(ui, /Ended by you/);
    await expectRefused(localPort);
  });
  await ui.page.keyboard.press('Enter');
  await ui.terminalTab(/mydb/).first().waitFor({ state: 'detached' });

  await story.step(
    'backend-1 with the FrontEnd grant: refused, in plain words and with a way out',
    async () => {
      await ui.clearNotifications();
      await ui.chooseFromContextMenu(instanceRow(ui, 'backend-1'), 'Open Shell');
      const refusal = ui.toast(/Department=FrontEnd.*backend-1 has Department=BackEnd/);
      await refusal.waitFor();
      await refusal.getByText('Request BackEnd SSH').waitFor();
    },
  );
  await ui.clearNotifications();

  await story.step('a shell and a tunnel are open again', async () => {
    await ui.chooseFromContextMenu(web1(), 'Forward Port…');
    await ui.quickInput.waitFor();
    await ui.answerInput('8080');
    await ui.quickInput.and(ui.page.locator('[placeholder="any free port"]')).waitFor();
    await ui.answerInput('');
    const line = await shows(ui, /Forwarding \S+:(\d+) to port 8080/);
    localPort = Number(/:(\d+) to/.exec(line)?.[1]);
    await holdOpen(localPort);
    const answer = await (await fetch(`http://127.0.0.1:${localPort}/`)).text();
    needMatch(answer, /web-1/, 'the web service of the instance answers');
    await ui.chooseFromContextMenu(web1(), 'Open Shell');
    await shows(ui, /Connected to web-1/);
    await ui.treeRow(/web-1/, sessions).first().waitFor();
  });

  await story.step('given back: sessions end with the reason, the timer goes, the tree follows', async () => {
    await ui.runCommand('JIT Access: Give Access Back');
    // The tunnel has an open connection, so it asks first.
    await ui.dialog.filter({ hasText: 'They will be cut' }).waitFor();
    await ui.clickDialogButton('Give Back');
    await shows(ui, /gave back|given back/i);
    await expectRefused(localPort);
    await status.waitFor({ state: 'detached' });
    await ui.treeRow(/ended .* given back/, access).waitFor();
    await instanceRow(ui, 'web-1, no grant').waitFor();
  });

  await ui.runCommand('Terminal: Kill All Terminals');

  await story.step('the next request is denied, with the reason', async () => {
    await ui.clearNotifications();
    await page.openFrom(web1());
    await page.fillReason('curious about the logs');
    await page.submit();
    await page.headline('Waiting for approval').waitFor();
    await answerOpenRequest(workbench, 'deny', { reason: 'use the log viewer, please' });
    await page.headline('Denied').waitFor();
    await page.frame.getByText('use the log viewer, please').first().waitFor();
  });

  await story.step('access that runs out ends its shell by itself', async () => {
    await ui.clearNotifications();
    await page.openFrom(web1());
    await page.fillReason('restarting the stuck worker');
    await page.openShellWhenActive();
    await page.submit();
    await page.headline('Waiting for approval').waitFor();
    await tellSandbox(workbench, 'settings', { grantSeconds: 12 });
    await answerOpenRequest(workbench, 'approve', {});
    await shows(ui, /Connected to web-1/);
    await shows(ui, /Ended: your FrontEnd SSH access/);
    await status.waitFor({ state: 'detached' });
    await instanceRow(ui, 'web-1, no grant').waitFor();
  });

  story.end();
} finally {
  await browser.close();
  await workbench.stop();
}

/** The first row of an instance, by the name that a screen reader begins with. */
function instanceRow(ui: WorkbenchPage, name: string): Locator {
  return ui.view('Instances').locator(`.monaco-list-row[aria-label^="${name},"]`).first();
}

/** Waits until a line of the terminal matches, and returns it. */
async function shows(ui: WorkbenchPage, pattern: RegExp): Promise<string> {
  let found: string | undefined;
  await until(`the terminal shows ${String(pattern)}`, async () => {
    found = (await ui.terminalLines()).find(line => pattern.test(line));
    return found !== undefined;
  });
  return found ?? '';
}

async function terminalSize(ui: WorkbenchPage): Promise<string> {
  return (await ui.terminalLines()).filter(line => /^\d+ \d+$/.test(line)).at(-1) ?? '';
}

async function acceptPasteWarning(ui: WorkbenchPage): Promise<void> {
  const paste = ui.dialog.getByRole('button', { name: /^Paste$/ });
  await paste.or(ui.terminal.getByText('line 399 of a paste')).first().waitFor();
  if (await paste.isVisible()) await paste.click();
}

/** The AWS CLI's own cache: file named by the session, readable by its owner only. */
function checkTokenCache(folder: string, session: string): void {
  const file = `${folder}/${createHash('sha1').update(session).digest('hex')}.json`;
  need((statSync(file).mode & 0o777) === 0o600, `${file} is readable by its owner only`);
  const token = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  for (const field of ['startUrl', 'region', 'accessToken', 'expiresAt', 'clientId', 'clientSecret']) {
    need(typeof token[field] === 'string', `the cached token has ${field}`);
  }
}

/** Plays the approver through the sandbox's back door. */
async function answerOpenRequest(
  workbench: TestWorkbench,
  verb: 'approve' | 'deny',
  body: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await fetch(`${workbench.sandbox?.url ?? ''}/_sandbox/requests`);
  const { requests } = (await answer.json()) as { requests: readonly { runId: string }[] };
  const newest = requests[0];
  need(newest !== undefined, 'the sandbox has a request');
  await tellSandbox(workbench, `requests/${newest?.runId ?? ''}/${verb}`, body);
}

async function tellSandbox({ sandbox }: TestWorkbench, path: string, body: object): Promise<void> {
  const response = await fetch(`${sandbox?.url ?? ''}/_sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  need(response.ok, `the sandbox takes ${path} (${response.status})`);
}
