/**
 * Runs the sandbox alone: `npm run sandbox -- [--port N] [--approve manual|auto] …`. Its first line on standard output
 * is the JSON that says what a client needs; whatever installing and building have to say goes to standard error.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureDependencies } from './ensure.mjs';
import { Lifetime } from './process/lifetime.mjs';
import { signalGroup, stopTree } from './process/ownedProcess.mjs';
import { repository } from './repository.mjs';

console.log = console.error;
const lifetime = new Lifetime();
await ensureDependencies();
await build({ quiet: true });
if (lifetime.isEnding) process.exit(0);

// A group of its own: a Ctrl-C reaches it once, through here, and not a second time from the terminal.
const sandbox = spawn(process.execPath, [join(repository, 'dist', 'sandbox.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  detached: process.platform !== 'win32',
});
const { pid } = sandbox;
if (pid === undefined) throw new Error('the sandbox could not be started');
lifetime.own(
  'the sandbox',
  () => stopTree(pid),
  () => signalGroup(pid, 'SIGKILL'),
);
sandbox.once('exit', code => {
  if (!lifetime.isEnding) process.exit(code ?? 1);
});
await lifetime.ended;
process.exit(process.exitCode ?? 0);
