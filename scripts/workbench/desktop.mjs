/** Runs desktop VS Code, apart from the user's own: other settings, other extensions, other home. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../process/ownedProcess.mjs';
import { findOnPath } from './browser.mjs';
import { workbenchEnvironment } from './home.mjs';

const STARTED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** @returns {string | undefined} the `code` command of a desktop VS Code that could show a window here */
export function findDesktopCode() {
  // In a remote window's terminal `code` is the messenger of that window, in WSL it is a program of Windows.
  if (process.env['VSCODE_IPC_HOOK_CLI'] !== undefined || process.env['WSL_DISTRO_NAME'] !== undefined)
    return undefined;
  const hasDisplay =
    process.platform !== 'linux' ||
    process.env['DISPLAY'] !== undefined ||
    process.env['WAYLAND_DISPLAY'] !== undefined;
  // VS Code refuses to show a window to root.
  if (!hasDisplay || process.getuid?.() === 0) return undefined;
  return findOnPath('code');
}

/**
 * Opens a window with the extension under development in it.
 *
 * The `code` command ends long before the editor does, so the editor is followed by the process id it writes into its
 * user data folder.
 *
 * @param {string} code
 * @param {import('./home.mjs').WorkbenchHome} home
 * @param {{ extensionFolder: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ closed: Promise<void>, stop: () => Promise<void> }>}
 */
export async function openDesktop(code, home, { extensionFolder, env = {} }) {
  const launched = await run(
    code,
    [
      '--new-window',
      `--user-data-dir=${home.userData}`,
      `--extensions-dir=${home.extensions}`,
      `--extensionDevelopmentPath=${extensionFolder}`,
      '--disable-workspace-trust',
      '--disable-updates',
      '--skip-welcome',
      '--skip-release-notes',
      // Secrets of a throw-away home do not belong into the user's keychain.
      '--password-store=basic',
      home.workspace,
    ],
    { env: workbenchEnvironment(home, { ...displayEnvironment(), ...env }), capture: true },
  );
  if (launched.code !== 0) throw new Error(`${code} ended with code ${launched.code}:\n${launched.output}`);
  const pid = await mainProcess(join(home.userData, 'code.lock'));
  return { closed: untilGone(pid), stop: () => end(pid) };
}

/**
 * What a window and the browser it opens find through `HOME`, which is another one here.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function displayEnvironment() {
  if (process.platform !== 'linux') return {};
  const own = homedir();
  const authority = process.env['XAUTHORITY'] ?? join(own, '.Xauthority');
  return {
    XDG_CONFIG_HOME: process.env['XDG_CONFIG_HOME'] ?? join(own, '.config'),
    XDG_DATA_HOME: process.env['XDG_DATA_HOME'] ?? join(own, '.local', 'share'),
    ...(existsSync(authority) ? { XAUTHORITY: authority } : {}),
  };
}

/** @param {string} lock */
async function mainProcess(lock) {
  const deadline = Date.now() + STARTED_WITHIN_MS;
  while (Date.now() < deadline) {
    const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (Number.isInteger(pid) && pid > 0) return pid;
    await pause();
  }
  throw new Error(`VS Code did not start within ${STARTED_WITHIN_MS / 1000} s`);
}

/** @param {number} pid */
async function untilGone(pid) {
  while (isAlive(pid)) await pause();
}

/** @param {number} pid */
async function end(pid) {
  if (!isAlive(pid)) return;
  if (process.platform === 'win32') {
    await run('taskkill', ['/pid', String(pid), '/T', '/F'], { capture: true });
    return;
  }
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + 5_000;
  while (isAlive(pid) && Date.now() < deadline) await pause();
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pause() {
  return new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
}
