import { randomUUID } from 'node:crypto';

/** The keys of one section. Nested ones are joined by a dot. */
export type IniValues = Readonly<Record<string, string | undefined>>;

export interface SharedFiles {
  /** By name; the credentials file's keys win, as everywhere at AWS. */
  readonly profiles: ReadonlyMap<string, IniValues>;
  readonly ssoSessions: ReadonlyMap<string, IniValues>;
  /** `[services …]` of the config file. */
  readonly services: ReadonlyMap<string, IniValues>;
}

/** What the parser puts before the name of such a section. */
const SERVICES = 'services.';

/**
 * Parses both files' texts with the SDK's own parser. It reads files only, and keeps what it read for the life of the process, so
 * each text is handed to it under a name of its own, and taken back.
 */
export async function parseSharedFiles(configText: string, credentialsText: string): Promise<SharedFiles> {
  const { externalDataInterceptor, loadSsoSessionData, parseKnownFiles } =
    await import('@smithy/shared-ini-file-loader');
  const id = randomUUID();
  const configFilepath = `in-memory-config-${id}`;
  const filepath = `in-memory-credentials-${id}`;
  externalDataInterceptor.interceptFile(configFilepath, configText);
  externalDataInterceptor.interceptFile(filepath, credentialsText);
  try {
    const known = await parseKnownFiles({ configFilepath, filepath });
    const sessions = await loadSsoSessionData({ configFilepath });
    const profiles = Object.entries(known).filter(([name]) => !/^(sso-session|services)\./.test(name));
    const services = Object.entries(known).flatMap(([name, values]): [string, IniValues][] =>
      name.startsWith(SERVICES) ? [[name.slice(SERVICES.length), values]] : [],
    );
    return {
      profiles: new Map(profiles),
      ssoSessions: new Map(Object.entries(sessions)),
      services: new Map(services),
    };
  } finally {
    const record = externalDataInterceptor.getFileRecord() as object;
    Reflect.deleteProperty(record, configFilepath);
    Reflect.deleteProperty(record, filepath);
  }
}
