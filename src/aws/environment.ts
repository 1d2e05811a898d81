import { homedir } from 'node:os';
import { join } from 'node:path';

/** The process environment, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The home directory by the SDK's rule: `HOME`, `USERPROFILE`, `HOMEDRIVE` + `HOMEPATH`, else what the system says. */
export function homeDirectory(env: Environment): string {
  if (env.HOME) return env.HOME;
  if (env.USERPROFILE) return env.USERPROFILE;
  if (env.HOMEPATH) return `${env.HOMEDRIVE ?? 'C:\\'}${env.HOMEPATH}`;
  return homedir();
}

/** `AWS_CONFIG_FILE`, else `~/.aws/config`. */
export function configPath(env: Environment): string {
  return expandHome(env, env.AWS_CONFIG_FILE) ?? join(homeDirectory(env), '.aws', 'config');
}

/** `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`. */
export function credentialsPath(env: Environment): string {
  return expandHome(env, env.AWS_SHARED_CREDENTIALS_FILE) ?? join(homeDirectory(env), '.aws', 'credentials');
}

/** Where the AWS CLI and every SDK keep sign-ins. No variable moves it but the home directory. */
export function tokenCacheDirectory(env: Environment): string {
  return join(homeDirectory(env), '.aws', 'sso', 'cache');
}

function expandHome(env: Environment, path: string | undefined): string | undefined {
  if (!path) return undefined;
  return path.startsWith('~/') ? join(homeDirectory(env), path.slice(2)) : path;
}
