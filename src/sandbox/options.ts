/** How a sandbox is to run. Spans are milliseconds. */
export interface SandboxOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly approve: 'manual' | 'auto';
  /** In place of the duration that was asked for. */
  readonly grantMs?: number;
  /** From the assignment to the portal's handing out the role. */
  readonly propagationMs: number;
  /** Generated beside the named ones. */
  readonly fleetSize: number;
  /** Accounts of the organisation; the first two are the stories'. */
  readonly accounts: number;
}

export const DEFAULT_OPTIONS: SandboxOptions = {
  port: 0,
  approve: 'manual',
  propagationMs: 3000,
  fleetSize: 0,
  accounts: 2,
};

export const USAGE = `Usage: sandbox [options]

  --port N                 listen on this port of 127.0.0.1 (default: any free one)
  --approve manual|auto    who answers requests (default: manual, on the approvals page)
  --grant-seconds N        how long a grant lasts, in place of the duration asked for
  --propagation-seconds N  from approved to usable (default: 3)
  --instances N            generate N further instances (default: 0)
  --accounts N             spread them over N accounts, each with a profile, and three regions (default: 2)
`;

export class UsageError extends Error {}

/** Reads the command line. Throws `UsageError`. */
export function parseOptions(args: readonly string[]): SandboxOptions {
  let options: SandboxOptions = DEFAULT_OPTIONS;
  const rest = args.flatMap(arg => {
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    return equals < 0 ? [arg] : [arg.slice(0, equals), arg.slice(equals + 1)];
  });
  for (let index = 0; index < rest.length; index += 2) {
    const flag = rest[index] ?? '';
    const value = rest[index + 1];
    if (!FLAGS.has(flag)) throw new UsageError(`Unknown option: ${flag}`);
    if (value === undefined) throw new UsageError(`${flag} needs a value`);
    options = { ...options, ...FLAGS.get(flag)?.(flag, value) };
  }
  return options;
}

const FLAGS: ReadonlyMap<string, (flag: string, value: string) => Partial<SandboxOptions>> = new Map<
  string,
  (flag: string, value: string) => Partial<SandboxOptions>
>([
  ['--port', (flag, value) => ({ port: wholeNumber(flag, value, 0, 65_535) })],
  ['--approve', (flag, value) => ({ approve: approver(flag, value) })],
  ['--grant-seconds', (flag, value) => ({ grantMs: wholeNumber(flag, value, 1, 86_400) * 1000 })],
  ['--propagation-seconds', (flag, value) => ({ propagationMs: wholeNumber(flag, value, 0, 3600) * 1000 })],
  ['--instances', (flag, value) => ({ fleetSize: wholeNumber(flag, value, 0, 100_000) })],
  ['--accounts', (flag, value) => ({ accounts: wholeNumber(flag, value, 2, 200) })],
]);

function wholeNumber(flag: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new UsageError(`${flag} takes a whole number from ${least} to ${most}, not "${value}"`);
  }
  return number;
}

function approver(flag: string, value: string): 'manual' | 'auto' {
  if (value === 'manual' || value === 'auto') return value;
  throw new UsageError(`${flag} takes manual or auto, not "${value}"`);
}
