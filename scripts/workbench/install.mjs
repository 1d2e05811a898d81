/**
 * Installs a real VS Code workbench to serve to a browser: npm's `code-server` on the Node it was built for. About
 * 800 MB, so it lives in a cache folder outside `node_modules`, under a name that changes with what is installed.
 *
 * `JIT_WORKBENCH_CACHE` names another cache folder, for several checkouts to share one.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { lastLines, npm } from '../ensure.mjs';
import { isMain, repository } from '../repository.mjs';

/**
 * @typedef {'current' | 'oldest'} WorkbenchEdition `oldest` is the VS Code that `engines.vscode` reaches back to
 * @typedef {{ edition: WorkbenchEdition, node: string, entry: string, vscodeVersion: string }} WorkbenchInstall
 */

/**
 * Native modules a given edition cannot do without; the others come prebuilt or are never loaded.
 *
 * @type {Record<WorkbenchEdition, readonly { under: string, name: string, built: string }[]>}
 */
const NATIVES = {
  current: [],
  oldest: [
    { under: '.', name: 'argon2', built: 'argon2/lib/binding/napi-v3/argon2.node' },
    { under: 'lib/vscode', name: '@vscode/spdlog', built: '@vscode/spdlog/build/Release/spdlog.node' },
    { under: 'lib/vscode', name: 'node-pty', built: 'node-pty/build/Release/pty.node' },
  ],
};

/**
 * What an edition has to be mended in before it serves: links to this machine's loopback lost their path on the way through the server's own
 * proxy in code-server 4.100.
 *
 * @type {Record<WorkbenchEdition, readonly { file: string, from: RegExp, to: string }[]>}
 */
const MENDS = {
  current: [],
  oldest: [
    {
      file: 'lib/vscode/out/vs/code/browser/workbench/workbench.js',
      from: /(resolveExternalUri:(\w+)=>.{0,400}?)(\w+)=(\w+)\.parse\(new URL\((\w+),window\.location\.href\)\.toString\(\)\)/,
      to: '$1$3=$4.parse(new URL($5,window.location.href).toString()),$3=$3.with({path:$3.path.replace(/\\/$/,"")+$2.path,query:$2.query,fragment:$2.fragment})',
    },
  ],
};

/** Whether a workbench can be served on this machine at all. */
export function canServeWorkbench() {
  return process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
}

/**
 * @param {WorkbenchEdition} [edition]
 * @returns {Promise<WorkbenchInstall>}
 * @throws when this machine cannot have it, with words for the user
 */
export async function ensureWorkbench(edition = 'current') {
  if (!canServeWorkbench()) {
    throw new Error(
      `A workbench can be served on Linux (x64, arm64) only; this is ${process.platform} ${process.arch}. ` +
        'Install desktop VS Code and its `code` command instead.',
    );
  }
  const manifests = edition === 'current' ? import.meta.dirname : join(import.meta.dirname, 'oldest');
  const cache = resolve(process.env['JIT_WORKBENCH_CACHE'] ?? join(repository, '.cache', 'workbench'));
  const lock = readFileSync(join(manifests, 'package-lock.json'));
  const contents = createHash('sha256').update(lock);
  for (const { file, from, to } of MENDS[edition]) contents.update(`${file} ${from} ${to}`);
  const name = `${edition}-${process.arch}-${contents.digest('hex').slice(0, 12)}`;
  const folder = join(cache, name);
  if (!existsSync(join(folder, 'installed.json'))) await install(edition, manifests, cache, folder);
  const server = join(folder, 'node_modules', 'code-server');
  return {
    edition,
    node: join(nodeFolder(folder), 'bin', 'node'),
    entry: join(server, 'out', 'node', 'entry.js'),
    vscodeVersion: JSON.parse(readFileSync(join(server, 'lib', 'vscode', 'package.json'), 'utf8')).version,
  };
}

/** @param {string} folder */
function nodeFolder(folder) {
  return join(folder, 'node_modules', `node-linux-${process.arch}`);
}

/**
 * Installs beside the final folder and renames, so that a broken or parallel installation is never taken for a whole one.
 *
 * @param {WorkbenchEdition} edition
 * @param {string} manifests
 * @param {string} cache
 * @param {string} folder
 */
async function install(edition, manifests, cache, folder) {
  console.log(`Installing the ${edition} VS Code workbench into ${folder} (once, about a minute)…`);
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(`${folder}.building-`);
  try {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(manifests, file), join(building, file));
    const vscode = join(building, 'node_modules', 'code-server', 'lib', 'vscode');
    // Their install scripts refuse any Node but their own and compile what comes prebuilt.
    await mustNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], building);
    for (const inner of [vscode, join(vscode, 'extensions')]) {
      await mustNpm(['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'], inner);
    }
    for (const native of NATIVES[edition]) await buildNative(building, native);
    for (const one of MENDS[edition]) mend(join(building, 'node_modules', 'code-server'), one);
    writeFileSync(
      join(building, 'installed.json'),
      JSON.stringify({ edition, at: new Date().toISOString() }),
    );
    if (!existsSync(join(folder, 'installed.json'))) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
    }
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/**
 * @param {string} building
 * @param {{ under: string, name: string, built: string }} native
 */
async function buildNative(building, { under, name, built }) {
  const node = nodeFolder(building);
  const inner = under === '.' ? building : join(building, 'node_modules', 'code-server', under);
  const { output } = await npm(['rebuild', name, '--foreground-scripts'], {
    cwd: inner,
    env: {
      ...process.env,
      PATH: `${join(node, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      npm_config_nodedir: existsSync(join(node, 'include')) ? node : process.env['npm_config_nodedir'],
    },
  });
  // The exit code also covers steps that come after the build and that nothing here needs.
  if (!existsSync(join(inner, 'node_modules', built))) {
    throw new Error(`could not build ${name} (it needs g++, make and python3):\n${lastLines(output, 25)}`);
  }
}

/**
 * @param {string} server
 * @param {{ file: string, from: RegExp, to: string }} what
 */
function mend(server, { file, from, to }) {
  const path = join(server, file);
  const text = readFileSync(path, 'utf8');
  if (!from.test(text)) throw new Error(`${file} of this code-server is not what is mended in it`);
  writeFileSync(path, text.replace(from, to));
}

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function mustNpm(args, cwd) {
  const { code, output } = await npm(args, { cwd });
  if (code !== 0) {
    throw new Error(
      `npm ${args[0]} failed while installing the workbench:\n${lastLines(output, 25)}\n` +
        'It comes from the npm registry: check the network and `npm config get registry`, then run the same command again.',
    );
  }
}

if (isMain(import.meta.url)) {
  const edition = process.argv.includes('--oldest') ? 'oldest' : 'current';
  const { entry, vscodeVersion } = await ensureWorkbench(edition);
  console.log(`VS Code ${vscodeVersion}: ${entry}`);
}
