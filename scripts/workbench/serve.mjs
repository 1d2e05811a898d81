/** Serves a VS Code workbench to the browser. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startOwned } from '../process/ownedProcess.mjs';
import { workbenchEnvironment } from './home.mjs';

/**
 * @typedef {object} ServedWorkbench
 * @property {string} origin `http://127.0.0.1:PORT`
 * @property {string} url opens the home's workspace
 * @property {() => Promise<void>} stop
 * @property {() => void} kill at once, without asking
 * @property {() => string} tail the server's last lines
 * @property {Promise<unknown>} exited
 */

const READY_WITHIN_MS = 90_000;

/**
 * Makes an extension folder part of the workbench. A rebuild and a reload of the page pick up new code. Must happen
 * before the first start.
 *
 * @param {import('./home.mjs').WorkbenchHome} home
 * @param {string} folder holds the extension's package.json
 */
export function linkExtension(home, folder) {
  const { publisher, name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const link = join(home.extensions, `${publisher}.${name}-${version}`);
  if (!existsSync(link)) symlinkSync(folder, link, process.platform === 'win32' ? 'junction' : 'dir');
}

/**
 * @param {import('./install.mjs').WorkbenchInstall} install
 * @param {import('./home.mjs').WorkbenchHome} home
 * @param {{
 *   port?: number,
 *   env?: NodeJS.ProcessEnv,
 *   testDriver?: boolean,
 *   workspaceTrust?: boolean,
 *   trustedDomains?: readonly string[],
 * }} [options] `testDriver` is what lets a page run a test suite in the extension host; with it no toast is ever shown
 * @returns {Promise<ServedWorkbench>}
 */
export async function serveWorkbench(install, home, options = {}) {
  const { port = 0, env = {}, testDriver = false, workspaceTrust = false, trustedDomains = [] } = options;
  const args = [
    install.entry,
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--config', join(home.userData, 'config.yaml')],
    ...['--user-data-dir', home.userData, '--extensions-dir', home.extensions],
    ...[
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-getting-started-override',
      '--ignore-last-opened',
    ],
    ...(workspaceTrust ? [] : ['--disable-workspace-trust']),
    ...(testDriver && install.edition === 'current' ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ...trustedDomains.flatMap(domain => ['--link-protection-trusted-domains', domain]),
  ];
  /** @type {(origin: string) => void} */
  let listening = () => {};
  const origin = new Promise(resolve => (listening = resolve));
  const server = startOwned(install.node, args, {
    cwd: home.workspace,
    env: workbenchEnvironment(home, env),
    onLine: line => {
      const match = /HTTP server listening on (http:\/\/[^\s/]+)/.exec(line);
      if (match?.[1] !== undefined) listening(match[1]);
    },
  });
  // It holds nothing worth waiting for, and would wait for pages to come back.
  const stop = () => server.stop({ graceMs: 1_500 });
  try {
    const found = await within(READY_WITHIN_MS, origin, server);
    return {
      origin: found,
      url: `${found}/?folder=${encodeURIComponent(home.workspace)}`,
      stop,
      kill: server.kill,
      tail: server.tail,
      exited: server.exited,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {number} ms
 * @param {Promise<unknown>} origin
 * @param {import('../process/ownedProcess.mjs').OwnedProcess} server
 * @returns {Promise<string>}
 */
async function within(ms, origin, server) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the workbench did not start in ${ms / 1000} s:\n${server.tail()}`)),
      ms,
    );
  });
  const gone = server.exited.then(({ code }) => {
    throw new Error(`the workbench ended with code ${code} before it was ready:\n${server.tail()}`);
  });
  try {
    return /** @type {string} */ (await Promise.race([origin, late, gone]));
  } finally {
    clearTimeout(timer);
  }
}
