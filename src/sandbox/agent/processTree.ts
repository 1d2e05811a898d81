import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SESSION_VARIABLE } from './instanceHome';

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
  const entries = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const owned = await Promise.all(
    entries.map(async name => {
      try {
        return (await readFile(`/proc/${name}/environ`, 'latin1')).split('\0').includes(mark);
      } catch {
        // Ended meanwhile, or another user's: neither is ours.
        return false;
      }
    }),
  );
  return entries.filter((_, at) => owned[at]).map(Number);
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
