/**
 * Installs what is missing, builds, starts the sandbox and opens VS Code with the extension in it.
 *
 *     npm start -- [--port N] [--no-open] [flags of `npm run sandbox`]
 *
 * `--port` is the port of the served workbench (default: a free one), `--no-open` opens no window, only serves.
 */
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { ensureDependencies } from './ensure.mjs';
import { Lifetime } from './process/lifetime.mjs';
import { run } from './process/ownedProcess.mjs';
import { repository } from './repository.mjs';
import { startSandbox } from './sandboxProcess.mjs';
import { findDesktopCode, openDesktop } from './workbench/desktop.mjs';
import { createWorkbenchHome, FLEET_SETTINGS, SANDBOX_SETTINGS } from './workbench/home.mjs';
import { ensureWorkbench } from './workbench/install.mjs';
import { linkExtension, serveWorkbench } from './workbench/serve.mjs';

const SANDBOX_FLAGS = /** @type {const} */ ([
  'approve',
  'grant-seconds',
  'propagation-seconds',
  'instances',
  'accounts',
]);

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'no-open': { type: 'boolean', default: false },
    ...Object.fromEntries(SANDBOX_FLAGS.map(flag => [flag, { type: /** @type {const} */ ('string') }])),
  },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port takes a port number, not ${values.port}`);
  process.exit(2);
}
const flags = SANDBOX_FLAGS.flatMap(flag => {
  const value = /** @type {Record<string, unknown>} */ (values)[flag];
  return typeof value === 'string' ? [`--${flag}`, value] : [];
});

const lifetime = new Lifetime();
try {
  await open();
} catch (error) {
  if (!lifetime.isEnding) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
await lifetime.end();
// 128 + SIGINT is what a shell expects of a program that Ctrl-C has ended; npm would call that a failure.
process.exit(process.exitCode ?? 0);

async function open() {
  await ensureDependencies();
  if (lifetime.isEnding) return;
  await build();
  if (lifetime.isEnding) return;

  const code = !values['no-open'] ? findDesktopCode() : undefined;
  const install = code === undefined ? await ensureWorkbench() : undefined;
  if (lifetime.isEnding) return;

  const sandbox = await startSandbox({ flags, onLine: line => console.log(`sandbox: ${line}`) });
  lifetime.own('the sandbox', sandbox.stop, sandbox.kill);
  if (lifetime.isEnding) return;
  const approvals = `${sandbox.url}/_sandbox/approvals`;
  const home = createWorkbenchHome({
    approvals,
    settings: {
      ...SANDBOX_SETTINGS,
      ...(flags.includes('--accounts') ? FLEET_SETTINGS : {}),
      // What to do first.
      'workbench.startupEditor': 'readme',
    },
  });
  lifetime.own('the temporary folders', home.remove);

  await askAsColleague(sandbox.url);
  console.log(`\n  Approvals   ${approvals}`);
  if (code !== undefined) {
    const desktop = await openDesktop(code, home, { extensionFolder: repository, env: sandbox.env });
    lifetime.own('VS Code', desktop.stop);
    console.log('  VS Code     is open; close it or press Ctrl-C to end\n');
    await Promise.race([desktop.closed, sandboxGone(sandbox), lifetime.ended]);
    return;
  }
  if (install === undefined) return;
  linkExtension(home, repository);
  const workbench = await serveWorkbench(install, home, {
    port,
    env: sandbox.env,
    trustedDomains: [new URL(sandbox.url).origin],
  });
  lifetime.own('the workbench', workbench.stop, workbench.kill);
  console.log(`  VS Code     ${workbench.url}\n\nCtrl-C ends everything.\n`);
  if (!values['no-open']) await openInBrowser(workbench.url);
  await Promise.race([workbenchGone(workbench), sandboxGone(sandbox), lifetime.ended]);
}

/**
 * Something for the view Approvals to show: Ana asks for a machine.
 *
 * @param {string} sandboxUrl
 */
async function askAsColleague(sandboxUrl) {
  const answer = await fetch(`${sandboxUrl}/_sandbox/node-access`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instance: 'i-05b7516a19f826be9', reason: 'the disk of backend-1 is full' }),
  });
  if (!answer.ok) console.warn(`sandbox: nobody asks for access (${answer.status})`);
}

/** @param {import('./sandboxProcess.mjs').RunningSandbox} sandbox */
async function sandboxGone(sandbox) {
  await sandbox.exited;
  if (!lifetime.isEnding) throw new Error(`the sandbox has ended:\n${sandbox.tail()}`);
}

/** @param {import('./workbench/serve.mjs').ServedWorkbench} workbench */
async function workbenchGone(workbench) {
  await workbench.exited;
  if (!lifetime.isEnding) throw new Error(`the workbench has ended:\n${workbench.tail()}`);
}

/** @param {string} url */
async function openInBrowser(url) {
  if (process.platform === 'darwin') await run('open', [url], { capture: true });
  else if (process.platform === 'win32') await run('cmd', ['/c', 'start', '', url], { capture: true });
  else if (process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined) {
    await run('xdg-open', [url], { capture: true });
  }
}
