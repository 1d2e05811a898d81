import type { Log } from '../base/log';
import { parseOptions, USAGE, UsageError, type SandboxOptions } from './options';
import { PortUnavailable, Sandbox } from './sandbox';

/** The sandbox as a program: one JSON line on stdout when it is ready, everything else on stderr. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stderr.write(USAGE);
    return;
  }
  let options: SandboxOptions;
  try {
    options = parseOptions(args);
  } catch (failure) {
    if (!(failure instanceof UsageError)) throw failure;
    process.stderr.write(`sandbox: ${failure.message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const sandbox = new Sandbox(options, { log: stderrLog(process.env['SANDBOX_VERBOSE'] !== undefined) });
  const stopped = new Promise<void>((resolve, reject) => {
    const stop = () => void sandbox.stop().then(resolve, reject);
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    // The reader of the ready line is gone: so is the one who would end us.
    process.stdout.once('error', stop);
  });
  try {
    const env = await sandbox.start();
    process.stdout.write(`${JSON.stringify({ ready: true, env })}\n`);
  } catch (failure) {
    // Told to stop while it was starting: that is no failure.
    if (sandbox.isStopping) return;
    if (!(failure instanceof PortUnavailable)) throw failure;
    process.stderr.write(`sandbox: ${failure.message} Choose another with --port, or leave it out.\n`);
    process.exitCode = 1;
    await sandbox.stop();
    return;
  }
  await stopped;
}

function stderrLog(verbose: boolean): Log {
  const write =
    (level: string) =>
    (message: string, ...details: unknown[]) => {
      const rest = details.map(detail =>
        detail instanceof Error ? (detail.stack ?? detail.message) : String(detail),
      );
      process.stderr.write(`${new Date().toISOString()} ${level} ${[message, ...rest].join(' ')}\n`);
    };
  const quiet = () => {};
  return {
    trace: quiet,
    debug: verbose ? write('debug') : quiet,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

main().catch((failure: unknown) => {
  process.stderr.write(`sandbox: ${failure instanceof Error ? failure.stack : String(failure)}\n`);
  process.exitCode = 1;
});
