import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { repository } from '../../../scripts/repository.mjs';
import { launchBrowser, openContext, type PageOptions } from './browser';
import { TestWorkbench, type TestWorkbenchOptions } from './testWorkbench';
import { WorkbenchPage } from './workbenchPage';

/** A workbench that the tests of one file or suite share. Its members exist once the tests run. */
export interface SharedWorkbench {
  readonly workbench: TestWorkbench;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly ui: WorkbenchPage;
  /** `out/workbench/shots/<name>.png` */
  screenshot(name: string): Promise<void>;
}

export interface SharedOptions extends TestWorkbenchOptions, PageOptions {
  /** Another's sandbox and browser are this one's too, as for two people of one organisation. */
  readonly beside?: SharedWorkbench;
}

const START_TIMEOUT_MS = 240_000;

/**
 * Starts a sandbox, a served workbench and a page for the tests of the calling file or suite, and ends them after it. A failed
 * test leaves its screen in `out/workbench/failures`.
 */
export function useWorkbench({ beside, ...options }: SharedOptions = {}): SharedWorkbench {
  const started: {
    workbench?: TestWorkbench;
    browser?: Browser;
    context?: BrowserContext;
    ui?: WorkbenchPage;
  } = {};

  beforeAll(async () => {
    started.workbench = await TestWorkbench.start(
      beside
        ? { ...options, sandbox: false, env: { ...beside.workbench.sandbox?.env, ...options.env } }
        : options,
    );
    started.browser = beside?.browser ?? (await launchBrowser());
    started.context = await openContext(started.browser, options);
    started.ui = await WorkbenchPage.open(started.context, started.workbench.url);
  }, START_TIMEOUT_MS);

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const name = task.name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80);
    await started.ui?.screenshot(join(repository, 'out', 'workbench', 'failures', `${name}.png`));
  });

  afterAll(async () => {
    await started.context?.close();
    if (!beside) await started.browser?.close();
    await started.workbench?.stop();
  }, START_TIMEOUT_MS);

  function present<T>(value: T | undefined): T {
    if (value === undefined) throw new Error('the workbench exists only while a test runs');
    return value;
  }
  return {
    get workbench() {
      return present(started.workbench);
    },
    get browser() {
      return present(started.browser);
    },
    get context() {
      return present(started.context);
    },
    get ui() {
      return present(started.ui);
    },
    screenshot: name =>
      present(started.ui).screenshot(join(repository, 'out', 'workbench', 'shots', `${name}.png`)),
  };
}
