import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock';
import { AppError, messageOf } from '../base/errors';
import type { SsoSession } from '../access/profile';
import type { AwsConfig } from './awsConfig';

/** A role of the portal that is to become a profile. */
export interface PortalRole {
  readonly accountId: string;
  readonly accountName?: string;
  readonly roleName: string;
  /** The profile's `region`. */
  readonly region?: string;
}

/** What would be written: to be shown before it is. */
export interface ImportPlan {
  readonly path: string;
  /** Undefined when there is no file yet. */
  readonly before: string | undefined;
  readonly after: string;
  readonly added: readonly { readonly profileName: string; readonly role: PortalRole }[];
  /** Roles that have a profile already, and its name. */
  readonly present: readonly { readonly profileName: string; readonly role: PortalRole }[];
}

/** Adds roles found on the portal to `~/.aws/config` as profiles. What stands there stays as it is, to the byte. */
export class ProfileImport {
  readonly #config: AwsConfig;
  readonly #clock: Clock;

  constructor(deps: { readonly config: AwsConfig; readonly clock: Clock }) {
    this.#config = deps.config;
    this.#clock = deps.clock;
  }

  /** Works out the new text and writes nothing. Throws `AppError('config-invalid')` for a file that cannot be read. */
  async plan(session: SsoSession, roles: readonly PortalRole[]): Promise<ImportPlan> {
    const path = this.#config.configPath;
    const before = await readIfThere(path);
    const { profiles } = await this.#config.load();
    const taken = new Set(profiles.map(profile => profile.name));
    const added: { profileName: string; role: PortalRole }[] = [];
    const present: { profileName: string; role: PortalRole }[] = [];
    for (const role of roles) {
      const known = profiles.find(
        ({ ssoSession, accountId, roleName, roleArn }) =>
          ssoSession?.startUrl === session.startUrl &&
          accountId === role.accountId &&
          roleName === role.roleName &&
          roleArn === undefined,
      );
      if (known) {
        present.push({ profileName: known.name, role });
        continue;
      }
      const profileName = freeName(role, taken);
      taken.add(profileName);
      added.push({ profileName, role });
    }
    const sections = added.map(({ profileName, role }) => profileSection(profileName, role, session));
    return { path, before, after: append(before ?? '', sections), added, present };
  }

  /**
   * Writes a plan in one step and keeps a copy of the file as it was; gives the copy's path. Throws `AppError('config-invalid')` when
   * the file is no longer what the plan was made from, or cannot be written.
   */
  async write(plan: ImportPlan): Promise<{ readonly backupPath?: string }> {
    if ((await readIfThere(plan.path)) !== plan.before) {
      throw new AppError('config-invalid', `${plan.path} has changed meanwhile. Nothing was written.`);
    }
    if (plan.after === (plan.before ?? '')) return {};
    try {
      if (plan.before === undefined) {
        await mkdir(dirname(plan.path), { recursive: true, mode: 0o700 });
        await replace(plan.path, plan.after, 0o600);
        return {};
      }
      // Many keep this file as a link into a repository of their settings: the link stays.
      const path = await realpath(plan.path);
      const mode = (await stat(path)).mode & 0o777;
      const at = new Date(this.#clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
      const backupPath = `${plan.path}.${at}.bak`;
      await writeFile(backupPath, plan.before, { mode, flag: 'wx' });
      await replace(path, plan.after, mode);
      return { backupPath };
    } catch (error) {
      throw new AppError('config-invalid', `${plan.path} cannot be written: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AppError('config-invalid', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** `myco-prod-FrontEndSSHAccess`, in the characters the SDK's parser takes for a name, and numbered where that is taken. */
function freeName({ accountName, accountId, roleName }: PortalRole, taken: ReadonlySet<string>): string {
  const wanted = `${accountName ?? accountId}-${roleName}`
    .replace(/[^\w\-@+.%:/]+/g, '-')
    .replace(/^-+|-+$/g, '');
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

function profileSection(
  name: string,
  { accountId, roleName, region }: PortalRole,
  session: SsoSession,
): string[] {
  // A legacy session has no section of its own to refer to.
  const legacy = session.cacheKey === session.startUrl;
  return [
    `[profile ${name}]`,
    ...(legacy
      ? [`sso_start_url = ${session.startUrl}`, `sso_region = ${session.region}`]
      : [`sso_session = ${session.cacheKey}`]),
    `sso_account_id = ${accountId}`,
    `sso_role_name = ${roleName}`,
    ...(region === undefined ? [] : [`region = ${region}`]),
  ];
}

/** Appends in the file's own line ends, with an empty line before each section. */
function append(before: string, sections: readonly (readonly string[])[]): string {
  const end = before.includes('\r\n') ? '\r\n' : '\n';
  let text = before;
  for (const section of sections) {
    if (text !== '') text += text.endsWith('\n') ? end : end + end;
    text += section.join(end) + end;
  }
  return text;
}
