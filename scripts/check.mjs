/** Types, lint, format: `npm run check`. */
import { join } from 'node:path';
import { ensureDependencies } from './ensure.mjs';
import { run } from './process/ownedProcess.mjs';
import { isMain, repository } from './repository.mjs';

/** @type {readonly { name: string, program: string, args: readonly string[] }[]} */
const STEPS = [
  { name: 'types', program: 'typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of the pages', program: 'typescript/bin/tsc', args: ['-p', 'webviews'] },
  { name: 'lint', program: 'eslint/bin/eslint.js', args: ['.', '--max-warnings=0'] },
  { name: 'format', program: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level=warn', '.'] },
];

/**
 * Runs every step, whatever the ones before it said.
 *
 * @returns {Promise<{ name: string, passed: boolean, output: string }[]>}
 */
export async function runChecks() {
  const results = [];
  for (const { name, program, args } of STEPS) {
    const { code, output } = await run(
      process.execPath,
      [join(repository, 'node_modules', program), ...args],
      {
        cwd: repository,
        capture: true,
      },
    );
    results.push({ name, passed: code === 0, output });
    console.log(`${code === 0 ? '✓' : '✗'} ${name}`);
    if (code !== 0) console.log(output);
  }
  return results;
}

if (isMain(import.meta.url)) {
  await ensureDependencies();
  const results = await runChecks();
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
