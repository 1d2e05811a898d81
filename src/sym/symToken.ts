import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../base/errors';
import { readStoredToken } from './storedSymToken';

/** Where a token was found, for a report and for "sign out". */
export type SymTokenSource = 'environment' | 'secret' | 'symflow';

export interface FoundSymToken {
  readonly token: string;
  readonly source: SymTokenSource;
  /** Epoch milliseconds, where it is known. */
  readonly expiresAt?: number;
}

export interface SymTokenDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is kept in the editor's secret storage: a pasted token, or what a sign-in left (`storedSymToken`). */
  readonly secret: () => Promise<string | undefined>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The home folder; the operating system's unless told. */
  readonly home?: string;
}

/** As far as we read it; the file also holds `client_id`, `email` and `org`. */
const symflowConfig = z.object({
  auth_token: z.object({ access_token: z.string().min(1) }).nullish(),
});

/**
 * Finds a bearer token: `SYM_JWT`, then the stored secret unless its time is over, then what `symflow login` left in
 * `$XDG_CONFIG_HOME/symflow/default/config.yml`. That file is only read. Throws `config-invalid` when it is there and cannot be read.
 */
export async function findSymToken(deps: SymTokenDeps): Promise<FoundSymToken | undefined> {
  const fromEnv = deps.env['SYM_JWT']?.trim();
  if (fromEnv) return { token: fromEnv, source: 'environment' };
  const stored = readStoredToken(await deps.secret());
  if (stored && (stored.expiresAt === undefined || stored.expiresAt > deps.now())) {
    const { token, expiresAt } = stored;
    return { token, source: 'secret', ...(expiresAt === undefined ? {} : { expiresAt }) };
  }
  const left = await readSymflowToken(deps);
  return left === undefined ? undefined : { token: left, source: 'symflow' };
}

/** Where `symflow login` keeps itself. A relative `XDG_CONFIG_HOME` is ignored, as the XDG specification asks. */
export function symflowConfigPath(deps: Pick<SymTokenDeps, 'env' | 'home'>): string {
  const xdg = deps.env['XDG_CONFIG_HOME'];
  const base = xdg?.startsWith('/') ? xdg : join(deps.home ?? homedir(), '.config');
  return join(base, 'symflow', 'default', 'config.yml');
}

async function readSymflowToken(deps: SymTokenDeps): Promise<string | undefined> {
  const path = symflowConfigPath(deps);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AppError('config-invalid', 'What symflow left cannot be read', {
      cause: failure,
      details: { path, broker: 'sym' },
    });
  }
  // Loaded only where there is such a file; a parser of our own would have to know how the CLI quotes and folds.
  const { load } = await import('js-yaml');
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch {
    // The parser quotes the text it stumbled on, which may be the token: its error goes no further.
    throw new AppError('config-invalid', 'What symflow left is not YAML', {
      details: { path, broker: 'sym' },
    });
  }
  // An empty file is an empty document: signed out.
  const config = symflowConfig.safeParse(parsed ?? {});
  if (!config.success) {
    throw new AppError('config-invalid', 'What symflow left holds no token we can read', {
      details: { path, broker: 'sym' },
    });
  }
  return config.data.auth_token?.access_token.trim() || undefined;
}
