/**
 * Installs what is missing. Runs on a bare Node, before anything is installed, so it imports nothing but Node itself
 * and its neighbours that do the same.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process/ownedProcess.mjs';
import { isMain, repository } from './repository.mjs';

const OLDEST_NODE = 20;

/** Makes `node_modules` what `package-lock.json` says. Ends the process with clear words when it cannot. */
export async function ensureDependencies() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    giveUp(
      `Node ${OLDEST_NODE} or newer is needed; this is Node ${process.versions.node}. See https://nodejs.org.`,
    );
  }
  const reason = whyInstall();
  if (reason === undefined) return;
  console.log(`Installing dependencies (${reason})…`);
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund'], { cwd: repository });
  if (code !== 0) {
    giveUp(
      `npm ci failed:\n${lastLines(output, 25)}\n\n` +
        'The dependencies come from the npm registry. Check the network (and `npm config get registry`, proxy and ' +
        'certificate settings), then run the same command again, or run `npm ci` yourself.',
    );
  }
}

/** @returns {string | undefined} why `npm ci` is due, or nothing when the installed tree matches the lock file */
function whyInstall() {
  const installedPath = join(repository, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'node_modules is missing';
  const wanted = readLock(join(repository, 'package-lock.json'));
  const installed = readLock(installedPath);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.optional === true || entry.link === true) continue;
    if (installed[path]?.version !== entry.version) {
      return `${path.replace(/^node_modules\//, '')} is ${installed[path]?.version ?? 'missing'}, wanted ${entry.version}`;
    }
  }
  return undefined;
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean }>}
 */
function readLock(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/**
 * npm as a program: through the npm that runs this script where there is one, so that Windows needs no shell.
 *
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function npm(args, options = {}) {
  const cli = process.env['npm_execpath'];
  return cli !== undefined && /npm-cli\.[cm]?js$/.test(cli)
    ? run(process.execPath, [cli, ...args], { ...options, capture: true })
    : run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, capture: true });
}

/**
 * @param {string} text
 * @param {number} count
 */
export function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/**
 * @param {string} message
 * @returns {never}
 */
function giveUp(message) {
  console.error(message);
  process.exit(1);
}

if (isMain(import.meta.url)) await ensureDependencies();
