import { writeFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Mocha from 'mocha';
import { extensionTests } from './extension';

/** One test of the extension host, as `out/workbench/host.json` lists it. */
export interface HostTestResult {
  readonly title: string;
  readonly passed: boolean;
  readonly message?: string;
}

const TEST_TIMEOUT_MS = 60_000;

/**
 * What VS Code calls for `--extensionTestsPath`: runs every test and rejects when one failed. The results go to the file
 * that `JIT_HOST_SUITE_REPORT` names, because the page's log mixes with the workbench's own.
 */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_TIMEOUT_MS, reporter: 'min' });
  // The suites are in this bundle, so mocha's globals are set up by hand instead of per file.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  extensionTests();

  const results: HostTestResult[] = [];
  return new Promise((resolve, reject) => {
    const runner = mocha.run(failures => {
      writeReport(results);
      if (failures === 0 && results.length > 0) resolve();
      else
        reject(
          new Error(results.length === 0 ? 'no test ran' : `${failures} failed: ${failedTitles(results)}`),
        );
    });
    runner.on('pass', test => results.push({ title: test.fullTitle(), passed: true }));
    runner.on('fail', (test, error: unknown) =>
      results.push({
        title: test.fullTitle(),
        passed: false,
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    );
  });
}

function failedTitles(results: readonly HostTestResult[]): string {
  return results
    .filter(result => !result.passed)
    .map(result => `${result.title}: ${result.message ?? ''}`)
    .join('\n');
}

function writeReport(results: readonly HostTestResult[]): void {
  const path = process.env['JIT_HOST_SUITE_REPORT'];
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ tests: results }, undefined, 2));
}
