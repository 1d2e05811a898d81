import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SESSION_VARIABLE } from './instanceHome';

/** `PF_KTHREAD` of the kernel's `sched.h`. */
const KERNEL_THREAD = 0x0020_0000;
/** Of one process whose environment is empty; the first follow at once, the others wait, as a process on a busy machine may have to. */
const MOST_READS = 2_000;
const HASTY_READS = 100;

/**
 * Every living process that belongs to a session: the leader, its process group, its descendants and, where `/proc` shows
 * environments, whoever inherited the session's mark.
 */
export async function processesOf(sessionId: string, leader: number): Promise<number[]> {
  return existsSync('/proc/self/environ') ? processesByMark(sessionId) : processesByParent(leader);
}

/** Signals processes; those that are already gone are passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure;
    }
  }
}

async function processesByMark(sessionId: string): Promise<number[]> {
  const mark = `${SESSION_VARIABLE}=${sessionId}`;
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number);
  const owned = await Promise.all(pids.map(async pid => (await environmentOf(pid)).includes(mark)));
  return pids.filter((_, at) => owned[at]);
}

/** Empty for a process that has ended, has none, is the kernel's or another user's. */
async function environmentOf(pid: number): Promise<string[]> {
  try {
    for (let left = MOST_READS, settled = 0; left > 0 && settled < 3; left -= 1) {
      const text = await readFile(`/proc/${pid}/environ`, 'latin1');
      if (text !== '') return text.split('\0');
      if (!hasEnvironment(await readFile(`/proc/${pid}/stat`, 'latin1'))) return [];
      // In the middle of an exec, or of its end, a process shows neither environment nor arguments.
      settled = (await readFile(`/proc/${pid}/cmdline`, 'latin1')) === '' ? 0 : settled + 1;
      await (left > MOST_READS - HASTY_READS ? immediate() : delay(1));
    }
  } catch {
    // Ended meanwhile, or another user's: neither is ours.
  }
  return [];
}

/** Reads a line of `/proc/<pid>/stat` (proc(5)): whether the process is neither a zombie, nor dead, nor a kernel thread. */
function hasEnvironment(stat: string): boolean {
  const [state = '', , , , , , flags] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return !'ZXx'.includes(state) && (Number(flags) & KERNEL_THREAD) === 0;
}

async function processesByParent(leader: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,pgid=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const owned = new Set<number>([leader]);
  for (let before = -1; before !== owned.size;) {
    before = owned.size;
    for (const [pid, parent, group] of rows) if (owned.has(parent) || group === leader) owned.add(pid);
  }
  return rows.map(([pid]) => pid).filter(pid => owned.has(pid));
}
