/** Types, lint, format: `npm run check`. */
import { join } from 'node:path';
import { ensureDependencies } from './ensure.mjs';
import { run } from './process/ownedProcess.mjs';
import { isMain, repository } from './repository.mjs';

/** @typedef {{ name: string, passed: boolean, output: string }} Result */

/** The longest first. @type {readonly { name: string, program: string, args: readonly string[] }[]} */
const STEPS = [
  { name: 'lint', program: 'eslint/bin/eslint.js', args: ['.', '--max-warnings=0'] },
  { name: 'types', program: 'typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of the pages', program: 'typescript/bin/tsc', args: ['-p', 'webviews'] },
  { name: 'format', program: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level=warn', '.'] },
];

/** Each is one process on one core, and the lint takes 1.5 GiB. */
const AT_ONCE = 2;

/**
 * Runs every step, two at a time, whatever the others said.
 *
 * @returns {Promise<Result[]>}
 */
export async function runChecks() {
  /** @type {Result[]} */
  const results = [];
  const waiting = [...STEPS];
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const { name, program, args } = step;
      const { code, output } = await run(
        process.execPath,
        [join(repository, 'node_modules', program), ...args],
        { cwd: repository, capture: true },
      );
      results.push({ name, passed: code === 0, output });
      console.log(`${code === 0 ? '✓' : '✗'} ${name}`);
      if (code !== 0) console.log(output);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

if (isMain(import.meta.url)) {
  await ensureDependencies();
  const results = await runChecks();
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
