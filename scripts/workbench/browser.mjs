/** Finds a Chromium to drive, or installs one. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { lastLines } from '../ensure.mjs';
import { run } from '../process/ownedProcess.mjs';
import { isMain, repository } from '../repository.mjs';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chromium-headless-shell',
];

/** Without these Chromium does not run as root, or talks to its maker's servers. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** @returns {string | undefined} */
export function findChromium() {
  const named = process.env['CHROMIUM_EXECUTABLE'];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named))
      throw new Error(`CHROMIUM_EXECUTABLE names ${named}, which cannot be executed.`);
    return named;
  }
  for (const name of NAMES) {
    const found = findOnPath(name);
    if (found !== undefined) return found;
  }
  const downloaded = playwrightChromium();
  return downloaded !== undefined && existsSync(downloaded) ? downloaded : undefined;
}

/** @returns {Promise<string>} the executable */
export async function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  /** @type {string[]} */
  const tried = [];
  if (isDebianRoot()) {
    console.log('Installing Chromium (apt-get install chromium fonts-liberation)…');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const update = await run('apt-get', ['update'], { env, capture: true });
    const install = await run(
      'apt-get',
      ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'],
      { env, capture: true },
    );
    if (install.code !== 0) tried.push(`apt-get: ${lastLines(update.output + install.output, 6)}`);
  }
  if (findChromium() === undefined) {
    console.log('Installing Chromium (playwright install chromium)…');
    const cli = join(repository, 'node_modules', 'playwright-core', 'cli.js');
    const { code, output } = await run(process.execPath, [cli, 'install', 'chromium'], { capture: true });
    if (code !== 0) tried.push(`playwright: ${lastLines(output, 6)}`);
  }
  const installed = findChromium();
  if (installed !== undefined) return installed;
  throw new Error(
    'The workbench tests need Chromium or Chrome and none was found. Install one (Debian: apt-get install chromium ' +
      'fonts-liberation; elsewhere: npx playwright-core install chromium) or name one in CHROMIUM_EXECUTABLE.' +
      (tried.length > 0 ? `\nTried:\n${tried.join('\n')}` : ''),
  );
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
export function findOnPath(name) {
  const extensions = process.platform === 'win32' ? (process.env['PATHEXT'] ?? '.EXE;.CMD').split(';') : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const extension of extensions) {
      const candidate = join(folder, name + extension);
      if (folder !== '' && isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function playwrightChromium() {
  const playwright = createRequire(import.meta.url)('playwright-core');
  return /** @type {string | undefined} */ (playwright.chromium.executablePath());
}

function isDebianRoot() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || findOnPath('apt-get') === undefined)
    return false;
  return (
    existsSync('/etc/os-release') && /^(ID|ID_LIKE)=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
  );
}

if (isMain(import.meta.url)) console.log(await ensureChromium());
