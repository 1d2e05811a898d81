/**
 * Runs TypeScript programs of this repository in plain Node, each bundled first:
 *
 *     node scripts/programs.mjs bench [name…]   every test/bench/*.bench.ts; each writes out/bench/<name>.json
 *     node scripts/programs.mjs journey         test/workbench/journey/journey.ts
 *     node scripts/programs.mjs soak [args]     test/protocol/soak.ts
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, bundleProgram } from './build.mjs';
import { ensureDependencies } from './ensure.mjs';
import { Lifetime } from './process/lifetime.mjs';
import { startOwned } from './process/ownedProcess.mjs';
import { repository } from './repository.mjs';
import { ensureChromium } from './workbench/browser.mjs';
import { ensureWorkbench } from './workbench/install.mjs';

const [kind = '', ...rest] = process.argv.slice(2);
const lifetime = new Lifetime();
await ensureDependencies();
await build({ quiet: true });

switch (kind) {
  case 'bench':
    await bench(rest);
    break;
  case 'journey':
    await ensureChromium();
    await ensureWorkbench();
    process.exitCode = await runProgram('test/workbench/journey/journey.ts', rest);
    break;
  case 'soak':
    process.exitCode = await runProgram('test/protocol/soak.ts', rest);
    break;
  default:
    console.error(`no program is called "${kind}"; there are bench, journey, soak`);
    process.exitCode = 2;
}
await lifetime.end();
process.exit(process.exitCode ?? 0);

/** @param {readonly string[]} names */
async function bench(names) {
  const folder = join(repository, 'test', 'bench');
  const all = readdirSync(folder)
    .filter(file => file.endsWith('.bench.ts'))
    .map(file => basename(file, '.bench.ts'));
  const chosen = names.length > 0 ? names : all;
  if (chosen.length === 0) throw new Error('there is no benchmark in test/bench');
  mkdirSync(join(repository, 'out', 'bench'), { recursive: true });
  for (const name of chosen) {
    if (lifetime.isEnding) break;
    console.log(`── ${name} ──`);
    const code = await runProgram(`test/bench/${name}.bench.ts`, [], ['--expose-gc']);
    if (code !== 0) {
      console.error(`${name} failed with code ${code}`);
      process.exitCode = 1;
    }
  }
}

/**
 * @param {string} entry
 * @param {readonly string[]} args
 * @param {readonly string[]} [nodeFlags]
 * @returns {Promise<number>} its exit code
 */
async function runProgram(entry, args, nodeFlags = []) {
  if (!existsSync(join(repository, entry))) {
    console.error(`${entry} does not exist`);
    return 1;
  }
  const program = join(repository, 'out', 'programs', `${basename(entry, '.ts')}.mjs`);
  await bundleProgram(entry, program);
  const running = startOwned(process.execPath, ['--enable-source-maps', ...nodeFlags, program, ...args], {
    cwd: repository,
    onLine: (line, stream) => (stream === 'stdout' ? console.log(line) : console.error(line)),
  });
  lifetime.own(entry, () => running.stop({ graceMs: 15_000 }), running.kill);
  const { code } = await running.exited;
  return code ?? 1;
}
