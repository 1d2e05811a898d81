import { execFile } from 'node:child_process';
import { AppError, isAppError, messageOf } from '../base/errors';
import type { CallOptions } from '../base/cancellation';
import { isNewerThan } from './agentVersion';
import type { SessionTicket } from './sessionControl';

/** The name under which the official client looks for the session in its environment. */
const RESPONSE_VARIABLE = 'AWS_SSM_START_SESSION_RESPONSE';
/** Up to this version the session, token included, could only be passed on the command line, where every process can read it. */
const NEEDS_COMMAND_LINE = '1.2.497.0';
const PROBE_WITHIN_MS = 15_000;

/** An installed session-manager-plugin that takes its session through the environment. */
export interface OfficialPlugin {
  readonly path: string;
  readonly version: string;
}

export interface PluginSession {
  readonly ticket: SessionTicket;
  readonly region: string;
  /** Name of the profile with whose credentials the plugin resumes and terminates; empty for those of the environment. */
  readonly profile: string;
  /** What StartSession was asked, in the API's own words. */
  readonly request: {
    readonly Target: string;
    readonly DocumentName?: string;
    readonly Parameters?: Readonly<Record<string, readonly string[]>>;
    readonly Reason?: string;
  };
  /** The SSM endpoint it talks to, resolved. */
  readonly endpointUrl: string;
}

/** How to start the plugin: as a terminal's own program for a shell, as a child process for a forward. */
export interface PluginCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment; holds the token, so neither log it nor show it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where AWS's installers put it; a desktop editor's PATH often lacks the folder. */
const INSTALLED_AT: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    '/usr/local/sessionmanagerplugin/bin/session-manager-plugin',
    '/opt/homebrew/bin/session-manager-plugin',
  ],
  linux: ['/usr/local/sessionmanagerplugin/bin/session-manager-plugin'],
  win32: ['C:\\Program Files\\Amazon\\SessionManagerPlugin\\bin\\session-manager-plugin.exe'],
};

/**
 * The plugin at the given path, or where none is given the one on the PATH or where AWS's installers put it. Throws
 * `AppError('plugin-missing')`.
 */
export async function findOfficialPlugin(
  path: string | undefined,
  { signal, platform = process.platform }: CallOptions & { readonly platform?: string } = {},
): Promise<OfficialPlugin> {
  if (path) return await probeOfficialPlugin(path, { signal });
  let failure: unknown;
  for (const candidate of ['session-manager-plugin', ...(INSTALLED_AT[platform] ?? [])]) {
    try {
      return await probeOfficialPlugin(candidate, { signal });
    } catch (thrown) {
      if (!isAppError(thrown, 'plugin-missing')) throw thrown;
      // Of several failures the one that found a plugin, though an unusable one, says most.
      if (failure === undefined || thrown.details.version !== undefined) failure = thrown;
    }
  }
  throw failure;
}

/**
 * Asks the plugin at `path` for its version. Throws `AppError('plugin-missing')` when it cannot be run, and when it is so old
 * that the token would have to go on its command line.
 */
export async function probeOfficialPlugin(
  path: string,
  { signal }: CallOptions = {},
): Promise<OfficialPlugin> {
  const version = await run(path, ['--version'], signal);
  if (!/^\d+(\.\d+){2,3}$/.test(version))
    throw new AppError('plugin-missing', `"${path}" does not answer like session-manager-plugin`, {
      details: { path },
    });
  if (!isNewerThan(version, NEEDS_COMMAND_LINE))
    throw new AppError(
      'plugin-missing',
      `session-manager-plugin ${version} is too old; newer than ${NEEDS_COMMAND_LINE} is needed`,
      {
        details: { path, version },
      },
    );
  return { path, version };
}

/** The six arguments of the AWS CLI's calling convention (protocol notes, section 16). */
export function officialPluginCommand(plugin: OfficialPlugin, session: PluginSession): PluginCommand {
  const { sessionId, token, streamUrl } = session.ticket;
  return {
    file: plugin.path,
    args: [
      RESPONSE_VARIABLE,
      session.region,
      'StartSession',
      session.profile,
      JSON.stringify(session.request),
      session.endpointUrl,
    ],
    env: {
      [RESPONSE_VARIABLE]: JSON.stringify({ SessionId: sessionId, TokenValue: token, StreamUrl: streamUrl }),
    },
  };
}

function run(path: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      path,
      [...args],
      { timeout: PROBE_WITHIN_MS, windowsHide: true, ...(signal ? { signal } : {}) },
      (cause, stdout) => {
        if (signal?.aborted) reject(new AppError('cancelled', 'Cancelled', { cause: signal.reason }));
        else if (cause)
          reject(
            new AppError('plugin-missing', `session-manager-plugin cannot be run: ${messageOf(cause)}`, {
              cause,
              details: { path },
            }),
          );
        else resolve(stdout.trim());
      },
    );
  });
}
