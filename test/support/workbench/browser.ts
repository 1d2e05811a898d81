import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, ensureChromium } from '../../../scripts/workbench/browser.mjs';

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
}

const DEFAULT_SIZE = { width: 1280, height: 860 };

/** Starts the browser; `JIT_HEADED=1` shows it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    args: CHROMIUM_FLAGS,
    headless: process.env['JIT_HEADED'] !== '1',
  });
}

/** A browser profile of its own: secrets and global state of the served workbench live in it. */
export async function openContext(browser: Browser, options: PageOptions = {}): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { ...DEFAULT_SIZE, ...options },
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-US',
  });
}

/** Rejects when the page crashes, which Playwright's waits would only notice by their time-out. */
export function crashOf(page: Page): Promise<never> {
  return new Promise((_, reject) => {
    page.once('crash', () => reject(new Error('the workbench page crashed')));
  });
}
