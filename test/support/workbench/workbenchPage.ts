import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

/** How long the workbench may take until it is drawn and the extension host runs; about 7 s on two idle cores. */
const LOAD_TIMEOUT_MS = 120_000;
/** For a hang only: on a busy machine the extension host alone takes 20 s to come back after a reload. */
const ACTION_TIMEOUT_MS = 60_000;
/** For what is there at once or was missed, and is then tried again. */
const QUICK = { timeout: 1_000 };
const TRIES = 8;

/**
 * What a person sees and does in the workbench. The selectors hold in VS Code 1.100 and 1.139.
 * Everything returned is a Playwright locator, so a test waits for what it expects instead of for time.
 */
export class WorkbenchPage {
  constructor(readonly page: Page) {
    page.setDefaultTimeout(ACTION_TIMEOUT_MS);
  }

  static async open(context: BrowserContext, url: string): Promise<WorkbenchPage> {
    const page = await context.newPage();
    const workbench = new WorkbenchPage(page);
    await page.goto(url, { timeout: LOAD_TIMEOUT_MS });
    await workbench.waitUntilLoaded();
    return workbench;
  }

  async waitUntilLoaded(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: LOAD_TIMEOUT_MS });
    await this.page.locator('.monaco-workbench .part.activitybar').waitFor({ timeout: LOAD_TIMEOUT_MS });
  }

  /** As a person reloads it: the workbench first writes down what is open, which a reload of the bare page may cut short. */
  async reloadWindow(): Promise<void> {
    const loaded = this.page.waitForEvent('load', { timeout: LOAD_TIMEOUT_MS });
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.waitUntilLoaded();
  }

  async reload(): Promise<void> {
    await this.page.reload({ timeout: LOAD_TIMEOUT_MS });
    await this.waitUntilLoaded();
  }

  /** Opens a container of the activity bar by its title. Stays open when it already is. */
  async openContainer(title: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: title });
    const heading = this.page.locator('.sidebar .composite.title').filter({ hasText: title });
    await tab.waitFor({ timeout: LOAD_TIMEOUT_MS });
    // A click closes what is open. After a reload the workbench opens it by itself, perhaps in the moment of the click.
    for (let triesLeft = TRIES; !(await heading.isVisible()); triesLeft--) {
      await tab.click();
      // The pointer would stay over the tab, whose name then covers a part of the side bar.
      await this.page.mouse.move(0, 0);
      try {
        await heading.waitFor(QUICK);
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
  }

  async showSideBar(shown: boolean): Promise<void> {
    const sideBar = this.page.locator('.part.sidebar');
    if ((await sideBar.isVisible()) === shown) return;
    await this.runCommand('View: Toggle Primary Side Bar Visibility');
    await sideBar.waitFor({ state: shown ? 'visible' : 'hidden' });
  }

  /** The body and header of one view of the sidebar. */
  view(title: string): Locator {
    return this.page.locator('.sidebar .pane').filter({
      has: this.page
        .locator('.pane-header')
        .filter({ hasText: new RegExp(`^${escapeForRegExp(title)}`, 'i') }),
    });
  }

  /** A row of any tree that contains the text. */
  treeRow(text: string | RegExp, within: Locator | Page = this.page): Locator {
    return within.locator('.monaco-list-row[role="treeitem"]').filter({ hasText: text });
  }

  /** Opens a node of a tree if it is closed. */
  async expand(row: Locator): Promise<void> {
    if ((await row.getAttribute('aria-expanded')) !== 'true') await row.locator('.monaco-tl-twistie').click();
  }

  /** An inline action of a row, by its accessible name; the row is hovered first, as a person must. */
  async clickInlineAction(row: Locator, name: string | RegExp): Promise<void> {
    await row.hover();
    await row.getByRole('button', { name }).first().click();
  }

  /**
   * Opens the context menu of an element and clicks an item; the path goes through submenus. A submenu that does not open, or takes no
   * click, is begun anew with its menu.
   */
  async chooseFromContextMenu(target: Locator, ...path: readonly [string, ...string[]]): Promise<void> {
    for (let triesLeft = TRIES; ; triesLeft--) {
      await this.#rightClick(target, path[0]);
      try {
        await this.chooseFromOpenMenu(...path);
        break;
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
    // The pointer would stay over the row, whose card then covers what is to be clicked next.
    await this.page.mouse.move(0, 0);
  }

  /** Rejects when the menu closes meanwhile, or its first item is not there at once. */
  async chooseFromOpenMenu(...path: readonly [string, ...string[]]): Promise<void> {
    for (const [depth, label] of path.entries()) {
      const item = this.menuItem(label);
      if (depth < path.length - 1) await item.hover(QUICK);
      else await this.#clickMenuItem(item);
    }
  }

  /** A menu closes when the focus moves, as it does while a terminal or a notice goes away: open it until it stays. */
  async #rightClick(target: Locator, first: string): Promise<void> {
    for (let triesLeft = TRIES; ; triesLeft--) {
      // Also one that was open before takes every click.
      await this.#closeMenus();
      await target.click({ button: 'right' });
      try {
        await this.menuItem(first).hover(QUICK);
        return;
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
  }

  /** An open menu takes every click; Escape closes one level of it. */
  async #closeMenus(): Promise<void> {
    const items = this.page.locator('.context-view .action-label');
    for (let triesLeft = TRIES; triesLeft > 0 && (await items.count()) > 0; triesLeft--)
      await this.page.keyboard.press('Escape');
  }

  /** A menu takes no click in its first moments (so that the click that opened it chooses nothing): click until it has gone. */
  async #clickMenuItem(item: Locator): Promise<void> {
    await item.click({ timeout: 5_000 });
    for (let triesLeft = TRIES; triesLeft > 0; triesLeft--) {
      const gone = await item.waitFor({ state: 'detached', ...QUICK }).then(
        () => true,
        () => false,
      );
      if (gone) return;
      await item.click(QUICK).catch(() => undefined);
    }
    await item.waitFor({ state: 'detached', ...QUICK });
  }

  menuItem(label: string): Locator {
    return this.page
      .locator('.context-view .action-label')
      .filter({ hasText: new RegExp(`^${escapeForRegExp(label)}$`) });
  }

  async openContextMenu(target: Locator): Promise<readonly string[]> {
    await target.click({ button: 'right' });
    await this.page.locator('.context-view .action-label').first().waitFor();
    return this.page.locator('.context-view .action-item:not(.disabled) .action-label').allInnerTexts();
  }

  /** Runs a command by its title as the palette shows it, such as `JIT Access: Connect to Instance…`. */
  async runCommand(title: string): Promise<void> {
    await this.#inPalette(`>${title}`, async () => {
      await this.quickItem(title).first().hover(QUICK);
      // Not `click`: its time-out may pass after the button was pressed (a reload answers no more), and the command would run twice.
      await this.page.mouse.down();
      await this.page.mouse.up();
    });
  }

  /** The titles the palette offers for a search. */
  async paletteTitles(search: string): Promise<readonly string[]> {
    const titles = await this.#inPalette(`>${search}`, async () => {
      await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor(QUICK);
      return this.page.locator('.quick-input-list .monaco-list-row .label-name').allInnerTexts();
    });
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /**
   * The palette closes when the focus moves, as it does while a terminal or a menu goes away, and a key pressed in that
   * moment is lost. What is done in it is tried again until it was there to the end.
   */
  async #inPalette<T>(text: string, body: () => Promise<T>): Promise<T> {
    for (let triesLeft = TRIES; ; triesLeft--) {
      try {
        await this.page.keyboard.press('F1');
        await this.quickInput.fill(text, QUICK);
        return await body();
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget input[type="text"]');
  }

  get quickInputTitle(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-title');
  }

  get quickInputMessage(): Locator {
    return this.page.locator('.quick-input-message');
  }

  quickItem(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text });
  }

  /** Writes into the open input box and accepts it. */
  async answerInput(text: string): Promise<void> {
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  async clickToastButton(toast: Locator, label: string): Promise<void> {
    await toast.hover();
    await toast
      .locator('.notification-list-item-buttons-container')
      .getByText(label, { exact: true })
      .click();
  }

  /** At most three toasts show and stacked ones move: clear them before one is to be clicked. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  async clickDialogButton(label: string | RegExp): Promise<void> {
    await this.dialog.getByRole('button', { name: label }).click();
  }

  /** A status bar item by extension and item id, such as `jit-access.jit-access-ec2.jitAccess.grant`. */
  statusItem(id: string): Locator {
    return this.page.locator(`[id="${id}"]`);
  }

  /** The document inside the nth open webview. */
  webview(index = 0): FrameLocator {
    return this.page.locator('iframe.webview.ready').nth(index).contentFrame().frameLocator('#active-frame');
  }

  editorTab(title: string | RegExp): Locator {
    return this.page.locator('.editor-group-container').getByRole('tab', { name: title });
  }

  /** The visible screen of the active terminal. */
  get terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-rows');
  }

  /** Lines of the active terminal as they stand on the screen, right-trimmed. */
  async terminalLines(): Promise<readonly string[]> {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
    return rows.map(row => row.replaceAll('\u00a0', ' ').trimEnd());
  }

  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-screen').click();
    await this.page.keyboard.type(text);
  }

  /** The page has the right to write it; the text is passed as data. */
  async copyToClipboard(text: string): Promise<void> {
    await this.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  }

  /** Names of the open terminals, as their tabs say. */
  terminalTab(name: string | RegExp): Locator {
    return this.page.locator('.part.panel').getByText(name);
  }

  async resize(width: number, height = 860): Promise<void> {
    await this.page.setViewportSize({ width, height });
  }

  async screenshot(path: string): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
