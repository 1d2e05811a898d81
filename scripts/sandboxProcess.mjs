/** Runs the sandbox program and hands over what it says a client needs. */
import { join } from 'node:path';
import { startOwned } from './process/ownedProcess.mjs';
import { repository } from './repository.mjs';

/**
 * @typedef {{ env: Record<string, string>, url: string, stop: () => Promise<void>, kill: () => void, exited: Promise<unknown>, tail: () => string }} RunningSandbox
 */

const READY_WITHIN_MS = 60_000;

/**
 * @param {{ flags?: readonly string[], onLine?: (line: string) => void, program?: string }} [options] `flags` as of `npm run sandbox`
 * @returns {Promise<RunningSandbox>}
 */
export function startSandbox({ flags = [], onLine, program = join(repository, 'dist', 'sandbox.mjs') } = {}) {
  return new Promise((resolve, reject) => {
    let ready = false;
    const sandbox = startOwned(process.execPath, [program, ...flags], {
      cwd: repository,
      onLine: (line, stream) => {
        if (ready || stream === 'stderr') {
          onLine?.(line);
          return;
        }
        const env = readyLine(line);
        if (env === undefined) {
          onLine?.(line);
          return;
        }
        ready = true;
        clearTimeout(timer);
        resolve({
          env,
          url: env['SANDBOX_URL'] ?? '',
          stop: () => sandbox.stop(),
          kill: sandbox.kill,
          exited: sandbox.exited,
          tail: sandbox.tail,
        });
      },
    });
    /** @param {string} what */
    const fail = async what => {
      if (ready) return;
      ready = true;
      clearTimeout(timer);
      await sandbox.stop();
      reject(new Error(`the sandbox ${what}:\n${sandbox.tail()}`));
    };
    const timer = setTimeout(
      () => void fail(`was not ready in ${READY_WITHIN_MS / 1000} s`),
      READY_WITHIN_MS,
    );
    void sandbox.exited.then(({ code }) => fail(`ended with code ${code} before it was ready`));
  });
}

/**
 * @param {string} line
 * @returns {Record<string, string> | undefined}
 */
function readyLine(line) {
  if (!line.startsWith('{')) return undefined;
  const parsed = JSON.parse(line);
  return parsed.ready === true ? parsed.env : undefined;
}
