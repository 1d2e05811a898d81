import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * @typedef {object} OwnedProcess
 * @property {number} pid
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} exited settles when the process itself is gone
 * @property {() => string} tail the last lines it printed, for error messages
 * @property {(options?: { graceMs?: number, signal?: NodeJS.Signals }) => Promise<void>} stop ends the whole tree
 * @property {() => void} kill ends the whole tree at once, without asking
 */

const TAIL_LINES = 40;

/**
 * Starts a program in a process group of its own, so that everything it starts ends with it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string, stream: 'stdout' | 'stderr') => void }} [options]
 * @returns {OwnedProcess}
 */
export function startOwned(command, args, { cwd, env, onLine } = {}) {
  const child = spawn(command, [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: env ?? process.env,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  /** @type {string[]} */
  const lines = [];
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    createInterface({ input: child[name] }).on('line', line => {
      lines.push(line);
      if (lines.length > TAIL_LINES) lines.shift();
      onLine?.(line, name);
    });
  }
  /** @type {OwnedProcess['exited']} */
  const exited = new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', error => {
      lines.push(`${command}: ${error.message}`);
      resolve({ code: null, signal: null });
    });
  });
  const dismissGuard = guard(child.pid, exited);
  return {
    pid: child.pid ?? -1,
    child,
    exited,
    tail: () => lines.join('\n'),
    stop: async options => {
      await stopTree(child.pid, options);
      dismissGuard();
    },
    kill: () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    },
  };
}

/**
 * Ends the group even when this process is killed and can do nothing any more: a shell waits at the end of a pipe that
 * breaks in that moment.
 *
 * @param {number | undefined} pid
 * @param {OwnedProcess['exited']} exited
 * @returns {() => void} to be called when the group is gone: its number may become another's
 */
function guard(pid, exited) {
  if (pid === undefined || process.platform === 'win32') return () => {};
  const script = `read _; kill -TERM -${pid} && sleep 3 && kill -KILL -${pid}`;
  const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  /** @type {import('node:net').Socket} */ (shell.stdin).unref();
  const dismiss = () => void shell.kill('SIGKILL');
  void exited.then(() => {
    if (!signalGroup(pid, 0)) dismiss();
  });
  return dismiss;
}

/**
 * Ends a process group: asks first, forces after `graceMs`. Resolves when no member of the group is left.
 *
 * @param {number | undefined} pid
 * @param {{ graceMs?: number, signal?: NodeJS.Signals }} [options]
 */
export async function stopTree(pid, { graceMs = 5_000, signal = 'SIGTERM' } = {}) {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    const killer = spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
    await new Promise(resolve => killer.once('exit', resolve).once('error', resolve));
    return;
  }
  if (!signalGroup(pid, signal)) return;
  if (await groupGone(pid, graceMs)) return;
  signalGroup(pid, 'SIGKILL');
  await groupGone(pid, 2_000);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether the group still has a member
 */
export function signalGroup(pid, signal) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * @param {number} pid
 * @param {number} withinMs
 */
async function groupGone(pid, withinMs) {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    if (!signalGroup(pid, 0)) return true;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  return !signalGroup(pid, 0);
}

/**
 * Runs a program to its end with its output passed on, or captured.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, capture?: boolean, stdin?: string }} [options]
 * @returns {Promise<{ code: number, output: string }>} `code` 127 when the program could not be started
 */
export function run(command, args, { cwd, env, capture = false } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: env ?? process.env,
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      windowsHide: true,
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', chunk => (output += chunk));
    child.stderr?.setEncoding('utf8').on('data', chunk => (output += chunk));
    child.once('error', error => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.once('close', (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), output }));
  });
}
