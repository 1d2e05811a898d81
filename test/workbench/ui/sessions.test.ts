import { createServer, type Server } from 'node:net';
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../../support/workbench/signIn';
import { writeStandInPlugin } from '../../support/workbench/standInPlugin';
import { useTheme, type Theme } from '../../support/workbench/themes';
import { useWorkbench } from '../../support/workbench/useWorkbench';
import { expectRefused, talkTo } from '../journey/localPort';
import { until } from '../journey/needs';
import { RequestPage } from '../journey/requestPage';

const WEB_1 = 'i-060ee0879f3ec4eb7';
const PREPARING_MS = 240_000;
const otherThemes: readonly Theme[] = ['light', 'highContrast', 'dark'];

interface SandboxSession {
  readonly id: string;
  readonly instanceId: string;
  readonly status: string;
  readonly endReason?: string;
}

describe('shells and forwards', () => {
  const shared = useWorkbench({
    sandbox: ['--approve', 'auto', '--propagation-seconds', '0'],
    settings: {
      'window.confirmBeforeClose': 'never',
      'jitAccess.signIn.method': 'deviceCode',
    },
    width: 1300,
    height: 860,
  });
  const pluginPath = () => shared.workbench.homeFile('session-manager-plugin');
  let localPort = 0;

  const web1 = (): Locator =>
    shared.ui.view('Instances').locator('.monaco-list-row[aria-label^="web-1,"]').first();
  /** A menu opened while the rows are listed anew would belong to a row that is gone. */
  async function web1Ready(): Promise<void> {
    const view = shared.ui.view('Instances');
    await view.locator('.monaco-list-row[aria-label^="web-1, ready"]').first().waitFor();
    await view.locator('.monaco-progress-container.active').waitFor({ state: 'detached' });
  }
  /**
   * Chooses from the menu of web-1 until `outcome` is to be seen. VS Code forgets the rows below one that is drawn anew, as that of a
   * grant is with each minute of its countdown; the command then asks which instance was meant.
   */
  async function choose(label: string, outcome: Locator): Promise<void> {
    const which = shared.ui.page.locator('.quick-input-widget input[placeholder^="Name, id, address"]');
    for (;;) {
      await web1Ready();
      await shared.ui.chooseFromContextMenu(web1(), label);
      await outcome.or(which).first().waitFor();
      if (!(await which.isVisible())) return;
      await shared.ui.page.keyboard.press('Escape');
      await which.waitFor({ state: 'hidden' });
    }
  }

  const session = (text: string | RegExp) => shared.ui.treeRow(text, shared.ui.view('Sessions'));

  async function shows(pattern: RegExp): Promise<string> {
    let found: string | undefined;
    await until(`the terminal shows ${String(pattern)}`, async () => {
      // A long line of ours is broken where the terminal ends.
      const lines = await shared.ui.terminalLines();
      found = [...lines, lines.join('')].find(line => pattern.test(line));
      return found !== undefined;
    });
    return found ?? '';
  }

  async function sandbox(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${shared.workbench.sandbox?.url ?? ''}/_sandbox/${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    expect([answer.status, path]).toEqual([200, path]);
    return answer.json();
  }

  async function livingSessions(): Promise<readonly SandboxSession[]> {
    const { sessions } = (await sandbox('GET', 'sessions')) as { sessions: SandboxSession[] };
    return sessions.filter(({ status }) => status !== 'Terminated');
  }

  function noSessionLeft(): Promise<void> {
    return until('no session is left at AWS', async () => (await livingSessions()).length === 0);
  }

  async function focusTerminal(): Promise<void> {
    await shared.ui.page.locator('.terminal-wrapper.active .xterm-screen').click();
  }

  beforeAll(async () => {
    const { ui, context } = shared;
    await signIn(ui, context);
    await ui.chooseFromContextMenu(web1(), 'Request Access…');
    const request = new RequestPage(ui);
    await request.fillReason('looking after the sessions');
    await request.submit();
    await request.headline('FrontEnd SSH is active').waitFor();
    await ui.runCommand('View: Close All Editors');
    await ui.clearNotifications();
  }, PREPARING_MS);

  it('opens a shell, and lists it', async () => {
    await choose('Open Shell', shared.ui.terminalTab('web-1 · SSM').first());
    await shows(/Connected to web-1 .* through FrontEnd SSH\. Access ends \d\d:\d\d\./);
    await shared.ui.typeInTerminal('echo it-$((40+2))\n');
    await shows(/^it-42$/);
    await session('web-1').waitFor();
    // What the shell has said since the row was first drawn is followed there.
    await until('the bytes of the shell are followed', async () =>
      /^Shell web-1, [1-9]\d* K?B/.test((await session('web-1').getAttribute('aria-label')) ?? ''),
    );
    await shared.screenshot('session-shell');
  });

  it('remembers where one was, on top of the tree and where one connects', async () => {
    const { ui } = shared;
    const recent = ui
      .view('Instances')
      .locator('.monaco-list-row[aria-label^="Recently Connected, 1 instance"]');
    await recent.first().waitFor();
    await ui.runCommand('JIT Access: Connect to Instance…');
    const first = ui.page.locator('.quick-input-list .monaco-list-row').first();
    await first.filter({ hasText: 'web-1' }).getByText('Recently Connected').waitFor();
    await ui.page.keyboard.press('Escape');
    await ui.quickInput.waitFor({ state: 'hidden' });
  });

  it('says that the connection was lost, and resumed with nothing lost', async () => {
    const [{ id }] = (await livingSessions()) as [SandboxSession];
    await sandbox('POST', 'session-faults', {
      sessionId: id,
      plan: { resume: { verdict: 'allow', delayMs: 4000, times: 1 } },
    });
    await sandbox('POST', `sessions/${encodeURIComponent(id)}/break`);
    await shows(/Connection lost \d\d:\d\d:\d\d, resuming…/);
    await session(/resuming/).waitFor();
    await shared.screenshot('session-resuming');
    // What is typed meanwhile waits.
    await shared.ui.typeInTerminal('echo typed-meanwhile-$((1+1))\n');
    await shows(/Resumed after \d+\.\d s, nothing lost\./);
    await shows(/^typed-meanwhile-2$/);
    await session(/resumed once/).waitFor();
    await shared.screenshot('session-resumed');
  });

  it.each(otherThemes)('reads well in %s', async theme => {
    await useTheme(shared, theme);
    await shared.screenshot(`session-shell-${theme}`);
  });

  it('says that the instance was stopped', async () => {
    await sandbox('POST', `instances/${WEB_1}`, { state: 'stopped' });
    await shows(/Ended: the instance was stopped\./);
    await shared.screenshot('session-stopped');
    await noSessionLeft();
    await sandbox('POST', `instances/${WEB_1}`, { state: 'running', ping: 'Online' });
    await shared.ui.page.keyboard.press('Enter');
    await shared.ui.terminalTab('web-1 · SSM').first().waitFor({ state: 'detached' });
  });

  it('forwards a port', async () => {
    await shared.ui.runCommand('JIT Access: Refresh Instances');
    await choose(
      'Forward Port…',
      shared.ui.quickInput.and(shared.ui.page.locator('[placeholder^="8080 or"]')),
    );
    await shared.ui.answerInput('8080');
    await shared.ui.quickInput.and(shared.ui.page.locator('[placeholder="any free port"]')).waitFor();
    await shared.ui.answerInput('');
    localPort = Number(/:(\d+) to port 8080/.exec(await shows(/Forwarding \S+:\d+ to port 8080/))?.[1]);
    expect(await (await fetch(`http://127.0.0.1:${localPort}/`)).text()).toContain('web-1');
    await shows(/#1 opened from/);
    await session(`web-1:8080 → localhost:${localPort}`).waitFor();
    await expect
      .poll(() => session('web-1:8080').getAttribute('aria-label'))
      .toMatch(/^Forwarded port web-1:8080/);
    await shared.screenshot('session-forward');
    await focusTerminal();
    await shared.ui.page.keyboard.press('Control+C');
    await shows(/Ended by you/);
    await expectRefused(localPort);
    await noSessionLeft();
    await shared.ui.page.keyboard.press('Enter');
    await shared.ui
      .terminalTab(/web-1:8080/)
      .first()
      .waitFor({ state: 'detached' });
  });

  it('finds that the port is taken before a session is started, and offers the next one', async () => {
    const other = await occupy(localPort);
    try {
      // What was forwarded before is offered with the port it had.
      const again = shared.ui.quickItem(`→ localhost:${localPort}`);
      await choose('Forward Port…', again);
      await shared.screenshot('session-forward-again');
      await again.click();
      const taken = shared.ui.toast(`Port ${localPort} on this computer is taken by another program.`);
      await taken.waitFor();
      expect(await livingSessions()).toEqual([]);
      await shared.screenshot('session-port-taken');
      await shared.ui.clickToastButton(taken, `Use Port ${localPort + 1}`);
      await shows(new RegExp(`Forwarding 127\\.0\\.0\\.1:${localPort + 1} to port 8080`));
      expect(await (await fetch(`http://127.0.0.1:${localPort + 1}/`)).text()).toContain('web-1');
    } finally {
      other.close();
    }
  });

  it('fits a narrow window', async () => {
    await shared.ui.resize(700, 700);
    await shared.screenshot('session-narrow');
    await shared.ui.resize(1300, 860);
    await focusTerminal();
    await shared.ui.page.keyboard.press('Control+C');
    await shows(/Ended by you/);
    await noSessionLeft();
    await shared.ui.runCommand('Terminal: Kill All Terminals');
  });

  it('ends its shell and its forward at AWS when the window goes', async () => {
    await choose('Open Shell', shared.ui.terminalTab('web-1 · SSM').first());
    await shows(/Connected to web-1/);
    const again = shared.ui.quickItem(`→ localhost:${localPort + 1}`);
    await choose('Forward Port…', again);
    await again.click();
    await shows(new RegExp(`Forwarding 127\\.0\\.0\\.1:${localPort + 1} to port 8080`));
    expect(await (await fetch(`http://127.0.0.1:${localPort + 1}/`)).text()).toContain('web-1');
    const open = (await livingSessions()).map(({ id }) => id);
    expect(open).toHaveLength(2);
    // What the window reads that is loaded next, and hands its sessions to.
    shared.workbench.useUserSettings({
      'jitAccess.sessions.engine': 'officialPlugin',
      'jitAccess.sessions.pluginPath': pluginPath(),
    });
    // To the extension a window that is loaded anew is one that closes: it is deactivated, and another activation begins.
    await shared.ui.reload();
    await noSessionLeft();
    const { sessions } = (await sandbox('GET', 'sessions')) as { sessions: SandboxSession[] };
    const ended = sessions.filter(({ id }) => open.includes(id));
    expect(ended.map(({ status }) => status)).toEqual(['Terminated', 'Terminated']);
    // By TerminateSession, or by the flag that the agent is sent ahead of it.
    for (const { endReason } of ended) expect(['user', 'agent']).toContain(endReason);
    await expectRefused(localPort + 1);
  });

  describe('handed to the official plugin', () => {
    const tab = () => shared.ui.terminalTab('web-1 · SSM plugin').first();

    beforeAll(async () => {
      await shared.ui.openContainer('JIT Access');
      await web1().waitFor();
    }, PREPARING_MS);

    it('says what to do when there is none', async () => {
      const complaint = shared.ui.toast('Your settings hand sessions to AWS’s session-manager-plugin');
      await choose('Open Shell', complaint);
      await complaint.getByText('Open Settings').waitFor();
      await shared.screenshot('plugin-missing');
      expect(await livingSessions()).toEqual([]);
      await shared.ui.clearNotifications();
    });

    it('runs in the terminal, and ends with the session', async () => {
      writeStandInPlugin(pluginPath());
      await choose('Open Shell', tab());
      await shows(/StartSession i-060ee0879f3ec4eb7 us-east-1 profile=\S+ token=kept/);
      await shared.ui.typeInTerminal('hello\n');
      await shows(/stand-in says hello/);
      await session(/web-1.*session-manager-plugin/).waitFor();
      await shared.screenshot('plugin-shell');
      await shared.ui.clickInlineAction(session('web-1'), 'End Session');
      await tab().waitFor({ state: 'detached' });
      await noSessionLeft();
    });

    it('ends the session at AWS when the plugin ends', async () => {
      await choose('Open Shell', tab());
      await shows(/token=kept/);
      expect(await livingSessions()).toHaveLength(1);
      await shared.ui.typeInTerminal('exit\n');
      await tab().waitFor({ state: 'detached' });
      await noSessionLeft();
    });

    it('forwards a port, and ends with the access that is given back', async () => {
      const again = shared.ui.quickItem(`→ localhost:${localPort + 1}`);
      await choose('Forward Port…', again);
      await again.click();
      await shows(new RegExp(`Port ${localPort + 1} opened for sessionId`));
      expect(await talkTo(localPort + 1, 'ping\n')).toContain('stand-in ping');
      await shows(/Connection accepted for session/);
      await shared.screenshot('plugin-forward');
      await shared.ui.runCommand('JIT Access: Give Access Back');
      await shows(/Ended: your FrontEnd SSH access was given back/);
      await expectRefused(localPort + 1);
      await noSessionLeft();
    });
  });
});

/** Another program on the port. */
async function occupy(port: number): Promise<Server> {
  const server = createServer(socket => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}
