/**
 * Runs the suite of the extension host in a desktop VS Code: `npm run test:desktop`. VS Code is downloaded once, unless
 * `VSCODE_EXECUTABLE` names one. `npm test` runs the same suite on the served workbench.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureDependencies } from './ensure.mjs';
import { repository } from './repository.mjs';
import { startSandbox } from './sandboxProcess.mjs';
import { createWorkbenchHome, SANDBOX_SETTINGS, workbenchEnvironment } from './workbench/home.mjs';

await ensureDependencies();
await build({ quiet: true });
const { runTests } = await import('@vscode/test-electron');
const executable = process.env['VSCODE_EXECUTABLE'];
const home = createWorkbenchHome({ settings: SANDBOX_SETTINGS });
const sandbox = await startSandbox();
const report = join(mkdtempSync(join(home.root, 'report-')), 'host.json');
try {
  await runTests({
    extensionDevelopmentPath: repository,
    extensionTestsPath: join(repository, 'out', 'workbench', 'index.cjs'),
    extensionTestsEnv: workbenchEnvironment(home, { ...sandbox.env, JIT_HOST_SUITE_REPORT: report }),
    launchArgs: [
      home.workspace,
      `--user-data-dir=${home.userData}`,
      `--extensions-dir=${home.extensions}`,
      '--disable-workspace-trust',
      '--password-store=basic',
    ],
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
  });
  /** @type {{ tests: { title: string, passed: boolean }[] }} */
  const { tests } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { title, passed } of tests) console.log(`${passed ? '✓' : '✗'} ${title}`);
  console.log(
    `${tests.filter(test => test.passed).length} passed, ${tests.filter(test => !test.passed).length} failed`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(
    executable === undefined
      ? 'VS Code is downloaded from update.code.visualstudio.com; without that, name one in VSCODE_EXECUTABLE.'
      : `VSCODE_EXECUTABLE is ${executable}.`,
  );
  process.exitCode = 1;
} finally {
  await sandbox.stop();
  rmSync(report, { force: true });
  home.remove();
}
