/**
 * Everything that is tested: `npm test`. Each suite reports to a file; the last line counts what those files say:
 * `N passed, N failed`. A suite that could not run is one failure.
 *
 *     npm test -- [suite…]     only these: checks, unit, host, ui
 *     npm run test:oldest      the workbench suites on the oldest VS Code the extension supports
 *     npm run test:slow        the suites without a workbench, where disk and services answer late and in any order
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleProgram, build } from './build.mjs';
import { runChecks } from './check.mjs';
import { ensureDependencies, lastLines } from './ensure.mjs';
import { Lifetime } from './process/lifetime.mjs';
import { startOwned } from './process/ownedProcess.mjs';
import { repository } from './repository.mjs';
import { ensureChromium } from './workbench/browser.mjs';
import { ensureWorkbench } from './workbench/install.mjs';

/** @typedef {{ passed: number, failed: number, failures: readonly string[] }} Count */

const SLOW_MACHINE = join(repository, 'test', 'support', 'slowMachine.mjs');
const reports = join(repository, 'out', 'reports');
const oldest = process.argv.includes('--oldest');
const slow = process.argv.includes('--slow');
const edition = oldest ? 'oldest' : 'current';
const chosen = process.argv.slice(2).filter(argument => !argument.startsWith('-'));
const lifetime = new Lifetime();

/** @type {readonly { name: string, run: () => Promise<Count> }[]} */
const SUITES = [
  { name: 'checks', run: checks },
  { name: 'host', run: hostSuite },
  { name: 'unit', run: () => vitest('unit', []) },
  { name: 'ui', run: uiSuite },
];
/** Run at once: the lint is one long process, which leaves the second core to one window. */
const TOGETHER = ['checks', 'host'];

const names =
  chosen.length > 0 ? chosen : oldest ? ['host', 'ui'] : slow ? ['unit'] : SUITES.map(({ name }) => name);
const unknown = names.filter(name => !SUITES.some(suite => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `no suite is called ${unknown.join(', ')}; there are ${SUITES.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

await ensureDependencies();
rmSync(reports, { recursive: true, force: true });

/** @type {{ name: string, count: Count, seconds: number }[]} */
const results = [];
await suite('build', async () => {
  await build();
  return { passed: 0, failed: 0, failures: [] };
});
const wanted = SUITES.filter(({ name }) => names.includes(name));
await Promise.all(
  wanted.filter(({ name }) => TOGETHER.includes(name)).map(({ name, run }) => suite(name, run)),
);
for (const { name, run } of wanted) {
  if (!TOGETHER.includes(name) && !lifetime.isEnding) await suite(name, run);
}

console.log('');
for (const { name, count, seconds } of results) {
  for (const failure of count.failures) console.log(`FAILED ${name}: ${failure}`);
  console.log(`${name}: ${count.passed} passed, ${count.failed} failed, ${seconds.toFixed(0)} s`);
}
if (lifetime.isEnding) await lifetime.ended;
const passed = results.reduce((sum, { count }) => sum + count.passed, 0);
const failed = results.reduce((sum, { count }) => sum + count.failed, 0) + (lifetime.isEnding ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/**
 * @param {string} name
 * @param {() => Promise<Count>} body
 */
async function suite(name, body) {
  console.log(`\n── ${name} ──`);
  const startedAt = performance.now();
  /** @type {Count} */
  let count;
  try {
    count = await body();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(reason);
    count = { passed: 0, failed: 1, failures: [`could not run: ${reason.split('\n')[0]}`] };
  }
  results.push({ name, count, seconds: (performance.now() - startedAt) / 1000 });
}

/** @returns {Promise<Count>} */
async function checks() {
  const steps = await runChecks();
  const failures = steps.filter(step => !step.passed).map(step => step.name);
  return { passed: steps.length - failures.length, failed: failures.length, failures };
}

/** @returns {Promise<Count>} */
async function uiSuite() {
  await ensureChromium();
  await ensureWorkbench(edition);
  return vitest('ui', ['--config', join('test', 'workbench', 'vitest.config.mts')]);
}

/** @returns {Promise<Count>} */
async function hostSuite() {
  await ensureChromium();
  await ensureWorkbench(edition);
  const program = join(repository, 'out', 'programs', 'runHostSuite.mjs');
  const report = join(reports, 'host.json');
  await bundleProgram('test/workbench/runHostSuite.ts', program);
  const { code, tail } = await runProgram(process.execPath, [program], { JIT_HOST_SUITE_REPORT: report });
  if (!existsSync(report))
    throw new Error(`the suite in the extension host left no report (code ${code}):\n${tail}`);
  /** @type {{ tests: { title: string, passed: boolean, message?: string }[] }} */
  const { tests } = JSON.parse(readFileSync(report, 'utf8'));
  const failures = tests.filter(test => !test.passed).map(test => `${test.title}: ${test.message ?? ''}`);
  for (const { title, passed } of tests) console.log(`${passed ? '✓' : '✗'} ${title}`);
  if (code !== 0 && failures.length === 0) failures.push(`the suite ended with code ${code}:\n${tail}`);
  return { passed: tests.filter(test => test.passed).length, failed: failures.length, failures };
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Promise<Count>}
 */
async function vitest(name, args) {
  const report = join(reports, `${name}.json`);
  const { code, tail } = await runProgram(
    process.execPath,
    [
      join(repository, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      ...args,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {},
    line => console.log(line),
  );
  if (!existsSync(report)) throw new Error(`vitest left no report (code ${code}):\n${lastLines(tail, 30)}`);
  /**
   * @type {{
   *   numPassedTests: number,
   *   testResults: { name: string, status: string, message?: string,
   *     assertionResults: { fullName: string, status: string }[] }[],
   * }}
   */
  const json = JSON.parse(readFileSync(report, 'utf8'));
  const failures = json.testResults.flatMap(file => {
    const failed = file.assertionResults.filter(test => test.status === 'failed').map(test => test.fullName);
    // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
    return failed.length > 0 || file.status === 'passed'
      ? failed
      : [`${file.name.slice(repository.length + 1)}: ${(file.message ?? '').split('\n')[0]}`];
  });
  if (code !== 0 && failures.length === 0)
    failures.push(`vitest ended with code ${code} (an error outside any test)`);
  return { passed: json.numPassedTests, failed: failures.length, failures };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 * @param {(line: string) => void} [onLine]
 */
async function runProgram(command, args, env, onLine) {
  const program = startOwned(command, args, {
    cwd: repository,
    env: {
      ...process.env,
      ...env,
      JIT_WORKBENCH_EDITION: edition,
      VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true',
      ...(slow ? { NODE_OPTIONS: `--import ${pathToFileURL(SLOW_MACHINE)}` } : {}),
      ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
    },
    ...(onLine ? { onLine } : {}),
  });
  lifetime.own('a suite', program.stop, program.kill);
  const { code, signal } = await program.exited;
  return { code: code ?? (signal === null ? 127 : 1), tail: program.tail() };
}
