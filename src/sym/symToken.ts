import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../base/errors';

/** Where a token was found, for a report and for "sign out". */
export type SymTokenSource = 'environment' | 'secret' | 'symflow';

export interface FoundSymToken {
  readonly token: string;
  readonly source: SymTokenSource;
}

export interface SymTokenDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The token pasted once and kept in the editor's secret storage. */
  readonly secret: () => Promise<string | undefined>;
  /** A YAML parser. Without one, what `symflow login` left behind is not looked at. */
  readonly parseYaml?: (text: string) => unknown;
  /** The home folder; the operating system's unless told. */
  readonly home?: string;
}

/** As far as we read it; the file also holds `client_id`, `email` and `org`. */
const symflowConfig = z.object({
  auth_token: z.object({ access_token: z.string().min(1) }).nullish(),
});

/**
 * Finds a bearer token: `SYM_JWT`, then the stored secret, then what `symflow login` left in `$XDG_CONFIG_HOME/symflow/default/config.yml`.
 * Throws `config-invalid` when that file is there and cannot be read.
 */
export async function findSymToken(deps: SymTokenDeps): Promise<FoundSymToken | undefined> {
  const fromEnv = deps.env['SYM_JWT']?.trim();
  if (fromEnv) return { token: fromEnv, source: 'environment' };
  const secret = (await deps.secret())?.trim();
  if (secret) return { token: secret, source: 'secret' };
  const left = deps.parseYaml && (await readSymflowToken(deps.parseYaml, deps));
  return left === undefined ? undefined : { token: left, source: 'symflow' };
}

/** Where `symflow login` keeps itself. A relative `XDG_CONFIG_HOME` is ignored, as the XDG specification asks. */
export function symflowConfigPath(deps: Pick<SymTokenDeps, 'env' | 'home'>): string {
  const xdg = deps.env['XDG_CONFIG_HOME'];
  const base = xdg?.startsWith('/') ? xdg : join(deps.home ?? homedir(), '.config');
  return join(base, 'symflow', 'default', 'config.yml');
}

async function readSymflowToken(
  parseYaml: (text: string) => unknown,
  deps: SymTokenDeps,
): Promise<string | undefined> {
  const path = symflowConfigPath(deps);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AppError('config-invalid', 'What symflow left cannot be read', {
      cause: failure,
      details: { path },
    });
  }
  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch {
    // The parser quotes the text it stumbled on, which may be the token: its error goes no further.
    throw new AppError('config-invalid', 'What symflow left is not YAML', { details: { path } });
  }
  const config = symflowConfig.safeParse(parsed);
  if (!config.success) {
    throw new AppError('config-invalid', 'What symflow left holds no token we can read', {
      details: { path },
    });
  }
  return config.data.auth_token?.access_token.trim() || undefined;
}
