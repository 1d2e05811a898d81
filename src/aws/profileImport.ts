import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock';
import { AppError, messageOf } from '../base/errors';
import type { SsoSession } from '../access/profile';
import type { AwsConfig } from './awsConfig';
import { scanIni } from './iniSections';
import { readProfiles, type ProfileReading } from './profileReader';

/** A role of the portal that is to become a profile. */
export interface PortalRole {
  readonly accountId: string;
  readonly accountName?: string;
  readonly roleName: string;
  /** The profile's `region`. */
  readonly region?: string;
  /** What the profile is to be called, numbered where that is taken; made of account and role when absent. */
  readonly profileName?: string;
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

/** What was written, for taking it back. */
export interface ImportedProfiles {
  /** The copy of the file as it was; absent when there was none, or nothing to write. */
  readonly backupPath?: string;
}

/** Adds roles found on the portal to `~/.aws/config` as profiles. What stands there stays as it is, to the byte. */
export class ProfileImport {
  readonly #config: AwsConfig;
  readonly #clock: Clock;

  constructor(deps: { readonly config: AwsConfig; readonly clock: Clock }) {
    this.#config = deps.config;
    this.#clock = deps.clock;
  }

  /**
   * Works out the new text and writes nothing; a session that the file does not have yet is added too. Throws `AppError('config-invalid')`
   * for a file that cannot be read, or in which what is added could not be used.
   */
  async plan(session: SsoSession, roles: readonly PortalRole[]): Promise<ImportPlan> {
    const path = this.#config.configPath;
    const before = await readIfThere(path);
    const reading = await this.#config.loadWithRoles();
    const { profiles } = reading;
    // A section that cannot be used has its name all the same.
    const taken = new Set([...profiles.map(profile => profile.name), ...sectionNames(before ?? '')]);
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
    const after = append(before ?? '', [...missingSession(session, reading, added.length), ...sections]);
    await this.#check(after, added);
    return { path, before, after, added, present };
  }

  /**
   * Writes a plan in one step and keeps a copy of the file as it was; gives the copy's path. Throws `AppError('config-invalid')` when
   * the file is no longer what the plan was made from, or cannot be written.
   */
  async write(plan: ImportPlan): Promise<ImportedProfiles> {
    await refuseChanged(plan.path, plan.before);
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

  /**
   * Puts the file back as it was before `write`, and takes the copy away. Throws `AppError('config-invalid')` when somebody has changed the
   * file since: it then stays, and so does the copy.
   */
  async undo(plan: ImportPlan, { backupPath }: ImportedProfiles): Promise<void> {
    await refuseChanged(plan.path, plan.after);
    try {
      if (plan.before === undefined) {
        await rm(plan.path);
        return;
      }
      const path = await realpath(plan.path);
      await replace(path, plan.before, (await stat(path)).mode & 0o777);
      if (backupPath !== undefined) await rm(backupPath, { force: true });
    } catch (error) {
      throw new AppError('config-invalid', `${plan.path} cannot be written: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Reads the new text as it will be read, so that nothing is written that would not be understood. */
  async #check(after: string, added: ImportPlan['added']): Promise<void> {
    const path = this.#config.configPath;
    const { profiles } = await readProfiles({ path, text: after }, { path: '', text: undefined });
    const lost = added.find(
      ({ profileName, role }) =>
        !profiles.some(
          ({ name, accountId, roleName }) =>
            name === profileName && accountId === role.accountId && roleName === role.roleName,
        ),
    );
    if (!lost) return;
    throw new AppError('config-invalid', `Profile ${lost.profileName} could not be used in ${path}.`);
  }
}

/** The names that profile sections of the text stand under, whether or not they can be used. */
function sectionNames(text: string): string[] {
  return scanIni(text).sections.map(({ header }) =>
    header.replace(/^profile\s+/, '').replace(/^(["'])(.*)\1$/, '$2'),
  );
}

/** The section of a session that the file does not have, when there is anything to hang on it. */
function missingSession(
  session: SsoSession,
  { ssoSessions }: ProfileReading,
  added: number,
): readonly (readonly string[])[] {
  const known = ssoSessions.find(one => one.cacheKey === session.cacheKey);
  if (known && known.startUrl !== session.startUrl) {
    throw new AppError(
      'config-invalid',
      `[sso-session ${session.cacheKey}] is of another portal: ${known.startUrl}.`,
    );
  }
  if (known || isLegacy(session) || added === 0) return [];
  return [
    [
      `[sso-session ${session.cacheKey}]`,
      `sso_start_url = ${session.startUrl}`,
      `sso_region = ${session.region}`,
      `sso_registration_scopes = ${session.scopes.join(',')}`,
    ],
  ];
}

async function refuseChanged(path: string, expected: string | undefined): Promise<void> {
  if ((await readIfThere(path)) === expected) return;
  throw new AppError('config-invalid', `${path} has changed meanwhile. Nothing was written.`);
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
function freeName(
  { accountName, accountId, roleName, profileName }: PortalRole,
  taken: ReadonlySet<string>,
): string {
  const wanted = (profileName ?? `${accountName ?? accountId}-${roleName}`)
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
  return [
    `[profile ${name}]`,
    ...(isLegacy(session)
      ? [`sso_start_url = ${session.startUrl}`, `sso_region = ${session.region}`]
      : [`sso_session = ${session.cacheKey}`]),
    `sso_account_id = ${accountId}`,
    `sso_role_name = ${roleName}`,
    ...(region === undefined ? [] : [`region = ${region}`]),
  ];
}

/** A legacy session has no section of its own to refer to. */
function isLegacy(session: SsoSession): boolean {
  return session.cacheKey === session.startUrl;
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
