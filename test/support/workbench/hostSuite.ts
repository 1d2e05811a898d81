import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { repository } from '../../../scripts/repository.mjs';
import { crashOf, openContext } from './browser';
import type { TestWorkbench } from './testWorkbench';

/** The whole suite must have ended by then, loading of the workbench included. */
const SUITE_TIMEOUT_MS = 8 * 60_000;

export interface HostSuiteResult {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs the suite of `out/workbench/index.cjs` inside the extension host of a served workbench, the way a desktop VS Code
 * does for `--extensionTestsPath`. The workbench must have been started with `testDriver`.
 */
export async function runHostSuite(browser: Browser, workbench: TestWorkbench): Promise<HostSuiteResult> {
  const context = await openContext(browser);
  const lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = await context.newPage();
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
      lines.push(`${type}: ${args.map(String).join(' ')}`);
    });
    const ended = new Promise<number>(resolve => {
      void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
    });
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the suite did not end in ${SUITE_TIMEOUT_MS / 1000} s\n${lines.join('\n')}`)),
        SUITE_TIMEOUT_MS,
      );
    });
    await page.goto(suiteUrl(workbench), { timeout: SUITE_TIMEOUT_MS });
    const code = await Promise.race([ended, late, crashOf(page)]);
    return { code, output: lines.join('\n') };
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

function suiteUrl(workbench: TestWorkbench): string {
  const authority = new URL(workbench.server.origin).host;
  const remote = (path: string) => `vscode-remote://${authority}${path}`;
  const payload = [
    ['extensionDevelopmentPath', remote(repository)],
    ['extensionTestsPath', remote(join(repository, 'out', 'workbench', 'index.cjs'))],
    ['skipWelcome', 'true'],
    ['enableProposedApi', ''],
  ];
  return `${workbench.url}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}
