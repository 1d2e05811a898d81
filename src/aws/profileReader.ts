import type { Profile, SsoSession } from '../access/profile';
import { isFault, profileEndpoints, serviceEndpoints } from './configuredEndpoints';
import { scanIni, type IniScan } from './iniSections';
import { parseSharedFiles, type IniValues, type SharedFiles } from './sharedFiles';
import { isSso, toSsoSession, withCommonEndpoint, withSessionEndpoint } from './ssoSettings';

/** Something in the files that cannot be used as it stands, in words for the person who wrote it. */
export interface ConfigProblem {
  /** The section as written: `profile frontend-ssh`, `sso-session myco`. */
  readonly section?: string;
  readonly path: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly message: string;
}

/** What assuming a profile's role needs beyond its ARN. */
export interface AssumeRoleSettings {
  readonly roleArn: string;
  readonly sessionName?: string;
  readonly externalId?: string;
  readonly durationSeconds?: number;
  readonly mfaSerial?: string;
}

export interface ProfileReading {
  readonly profiles: readonly Profile[];
  readonly ssoSessions: readonly SsoSession[];
  readonly assumeRoles: ReadonlyMap<string, AssumeRoleSettings>;
  readonly problems: readonly ConfigProblem[];
}

export interface SharedFile {
  readonly path: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
}

/** Makes profiles of the two files. A section that cannot be used becomes a problem and spoils no other. */
export async function readProfiles(config: SharedFile, credentials: SharedFile): Promise<ProfileReading> {
  const configScan = scanIni(config.text ?? '');
  const credentialsScan = scanIni(credentials.text ?? '');
  const files = await parseSharedFiles(configScan.readable, credentialsScan.readable);
  const reader = new Reader(config.path, credentials.path, configScan, credentialsScan, files);
  return reader.read();
}

type Chain = { readonly profile: Profile } | { readonly fault: string };

class Reader {
  readonly #problems: ConfigProblem[] = [];
  readonly #lines = new Map<
    string,
    { readonly path: string; readonly line: number; readonly section: string }
  >();
  readonly #sessions = new Map<string, SsoSession | { readonly fault: string }>();
  readonly #services = new Map<string, ReturnType<typeof serviceEndpoints>>();
  readonly #built = new Map<string, Chain>();
  readonly #assumeRoles = new Map<string, AssumeRoleSettings>();

  constructor(
    configPath: string,
    credentialsPath: string,
    configScan: IniScan,
    credentialsScan: IniScan,
    private readonly files: SharedFiles,
  ) {
    this.#index(credentialsPath, credentialsScan, header => `profile ${unquote(header)}`);
    this.#index(configPath, configScan, configSectionKey);
  }

  read(): ProfileReading {
    for (const [name, values] of this.files.services) this.#addServices(name, values);
    for (const [name, values] of this.files.ssoSessions) this.#addSession(name, values);
    for (const name of this.files.profiles.keys()) this.#build(name, []);
    const profiles: Profile[] = [];
    for (const [name, chain] of this.#built) {
      if ('profile' in chain) profiles.push(chain.profile);
      else this.#report(`profile ${name}`, chain.fault);
    }
    const ssoSessions = [...this.#sessions.values()].filter(
      (session): session is SsoSession => !('fault' in session),
    );
    return {
      profiles: profiles.map(profile => withSessionEndpoint(profile, profiles)),
      ssoSessions: ssoSessions.map(session => withCommonEndpoint(session, profiles)),
      assumeRoles: this.#assumeRoles,
      problems: this.#problems.sort((a, b) => a.path.localeCompare(b.path) || (a.line ?? 0) - (b.line ?? 0)),
    };
  }

  #index(
    path: string,
    scan: IniScan,
    keyOf: (header: string) => string | { readonly fault: string } | undefined,
  ) {
    for (const problem of scan.problems) this.#problems.push({ ...problem, path });
    const seen = new Map<string, number>();
    for (const { header, line } of scan.sections) {
      const key = keyOf(header);
      if (key === undefined) continue;
      if (typeof key !== 'string') {
        this.#problems.push({ section: header, path, line, message: key.fault });
        continue;
      }
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        const message = `[${header}] stands here for the second time (first in line ${earlier}). The SDK joins both, the AWS CLI refuses the file.`;
        this.#problems.push({ section: header, path, line, message });
        continue;
      }
      seen.set(key, line);
      this.#lines.set(key, { path, line, section: header });
    }
  }

  #report(key: string, message: string): void {
    const place = this.#lines.get(key);
    if (place) this.#problems.push({ ...place, message });
    else this.#problems.push({ section: key, path: '', message });
  }

  #addServices(name: string, values: IniValues): void {
    const endpoints = serviceEndpoints(values);
    this.#services.set(name, endpoints);
    if (isFault(endpoints)) this.#report(`services ${name}`, endpoints.fault);
  }

  #addSession(name: string, values: IniValues): void {
    const session = toSsoSession(name, values);
    this.#sessions.set(name, session);
    if ('fault' in session) this.#report(`sso-session ${name}`, session.fault);
  }

  /** Builds a profile after those it stands on. `path` holds the names that led here. */
  #build(name: string, path: readonly string[]): Chain {
    const known = this.#built.get(name);
    if (known) return known;
    const values = this.files.profiles.get(name);
    if (!values) return { fault: `source_profile names "${name}", which is in neither file.` };
    if (path.includes(name))
      return { fault: `source_profile leads in a circle: ${[...path, name].join(' → ')}.` };
    const chain = this.#chain(name, values, path);
    this.#built.set(name, chain);
    return chain;
  }

  #chain(name: string, values: IniValues, path: readonly string[]): Chain {
    const endpoints = profileEndpoints(values, this.#services);
    if (isFault(endpoints)) return endpoints;
    const base: Profile = {
      name,
      ...(values.region === undefined ? {} : { region: values.region }),
      ...(endpoints === undefined ? {} : { endpoints }),
    };
    if (values.role_arn !== undefined) return this.#roleChain(base, values, values.role_arn, path);
    if (isSso(values)) return this.#ssoProfile(base, values);
    if (values.aws_access_key_id !== undefined) return { profile: { ...base, credentialKind: 'keys' } };
    if (values.credential_process !== undefined) return { profile: { ...base, credentialKind: 'process' } };
    return { profile: base };
  }

  #roleChain(base: Profile, values: IniValues, roleArn: string, path: readonly string[]): Chain {
    const accountId = /^arn:[^:]+:iam::(\d{12}):role\/.+$/.exec(roleArn)?.[1];
    if (accountId === undefined)
      return { fault: `role_arn is "${roleArn}", which is not the ARN of a role.` };
    const role: Profile = { ...base, accountId, roleArn };
    if (values.web_identity_token_file !== undefined)
      return { profile: { ...role, credentialKind: 'web-identity' } };
    this.#assumeRoles.set(base.name, {
      roleArn,
      ...(values.role_session_name === undefined ? {} : { sessionName: values.role_session_name }),
      ...(values.external_id === undefined ? {} : { externalId: values.external_id }),
      ...(values.mfa_serial === undefined ? {} : { mfaSerial: values.mfa_serial }),
      ...(values.duration_seconds === undefined ? {} : { durationSeconds: Number(values.duration_seconds) }),
    });
    const source = values.source_profile;
    if (source === undefined) {
      if (values.credential_source !== undefined) return { profile: { ...role, credentialKind: 'role' } };
      return { fault: 'role_arn needs a source_profile, a credential_source or a web_identity_token_file.' };
    }
    // A profile may name itself when its own keys are what assumes the role.
    if (source === base.name && values.aws_access_key_id !== undefined) {
      return { profile: { ...role, sourceProfile: source, credentialKind: 'role' } };
    }
    const below = this.#build(source, [...path, base.name]);
    if ('fault' in below) {
      return this.#built.has(source)
        ? { fault: `source_profile "${source}" cannot be used: ${below.fault}` }
        : below;
    }
    const { ssoSession } = below.profile;
    return {
      profile: {
        ...role,
        sourceProfile: source,
        credentialKind: 'role',
        ...(ssoSession === undefined ? {} : { ssoSession }),
      },
    };
  }

  #ssoProfile(base: Profile, values: IniValues): Chain {
    const accountId = values.sso_account_id;
    const roleName = values.sso_role_name;
    if (accountId !== undefined && !/^\d{12}$/.test(accountId)) {
      return { fault: `sso_account_id is "${accountId}", which is not twelve digits.` };
    }
    if ((accountId === undefined) !== (roleName === undefined)) {
      const missing = accountId === undefined ? 'sso_account_id' : 'sso_role_name';
      return { fault: `${missing} is missing.` };
    }
    const session = this.#sessionOf(values);
    if ('fault' in session) return session;
    if (accountId === undefined && values.sso_session === undefined) {
      return { fault: 'sso_account_id and sso_role_name are missing.' };
    }
    return {
      profile: {
        ...base,
        ssoSession: session,
        credentialKind: 'sso',
        ...(accountId === undefined ? {} : { accountId }),
        ...(roleName === undefined ? {} : { roleName }),
      },
    };
  }

  #sessionOf(values: IniValues): SsoSession | { readonly fault: string } {
    const name = values.sso_session;
    if (name === undefined) {
      const session = toSsoSession(undefined, values);
      if ('fault' in session) return session;
      const key = `legacy ${session.cacheKey}`;
      const known = this.#sessions.get(key);
      if (known !== undefined && !('fault' in known) && known.region === session.region) return known;
      this.#sessions.set(key, session);
      return session;
    }
    const session = this.#sessions.get(name);
    if (session === undefined)
      return { fault: `sso_session names "${name}", but there is no [sso-session ${name}].` };
    if ('fault' in session) return { fault: `[sso-session ${name}] cannot be used: ${session.fault}` };
    for (const [key, value] of [
      ['sso_start_url', session.startUrl],
      ['sso_region', session.region],
    ] as const) {
      if (values[key] !== undefined && values[key] !== value) {
        return { fault: `${key} says "${values[key]}", but [sso-session ${name}] says "${value}".` };
      }
    }
    return session;
  }
}

/** How a config file's section is called here, a fault when it will not be read, undefined when it is not ours to read. */
function configSectionKey(header: string): string | { readonly fault: string } | undefined {
  if (header === 'default') return 'profile default';
  const [kind, ...rest] = header.split(/\s+/);
  const name = unquote(rest.join(' '));
  if (kind === 'profile' || kind === 'sso-session' || kind === 'services') {
    if (name === '') return { fault: `[${header}] has no name.` };
    // The SDK's parser takes one white space and these characters only; anything else it drops without a word.
    if (!/^[\w-]+\s(["']?)[\w\-@+.%:/]+\1$/.test(header)) {
      return {
        fault: `[${header}] is not read by the AWS SDK: its name may hold letters, digits and - _ @ + . % : / only.`,
      };
    }
    return `${kind} ${name}`;
  }
  if (kind === 'plugins' || kind === 'preview') return undefined;
  return { fault: `[${header}] is ignored in this file. A profile is written [profile ${header}].` };
}

function unquote(name: string): string {
  return /^(["']).*\1$/.test(name) ? name.slice(1, -1) : name;
}
