import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEV, PROD, SSO_REGION, START_URL, type Account } from './world/organization';

const PROFILES = [
  { name: 'frontend-ssh', account: PROD, role: 'FrontEndSSHAccess', region: 'us-east-1' },
  { name: 'backend-ssh', account: PROD, role: 'BackEndSSHAccess', region: 'us-east-1' },
  { name: 'myco-viewer', account: PROD, role: 'ViewOnlyAccess', region: 'us-east-1' },
  { name: 'myco-viewer-eu', account: PROD, role: 'ViewOnlyAccess', region: 'eu-west-1' },
  { name: 'myco-dev-viewer', account: DEV, role: 'ViewOnlyAccess', region: 'us-east-1' },
] as const;
const NAMED: ReadonlySet<string> = new Set(PROFILES.map(({ account }) => account.id));

/** The AWS files a client of the sandbox reads, in a temporary folder of their own. */
export class ClientFiles {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Every account of the organisation gets a profile. */
  static async write(accounts: readonly Account[]): Promise<ClientFiles> {
    const files = new ClientFiles(await mkdtemp(join(tmpdir(), 'jit-sandbox-')));
    await writeFile(files.configFile, configText(accounts), { mode: 0o600 });
    await writeFile(files.credentialsFile, '', { mode: 0o600 });
    return files;
  }

  get configFile(): string {
    return join(this.folder, 'config');
  }

  get credentialsFile(): string {
    return join(this.folder, 'credentials');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function configText(accounts: readonly Account[]): string {
  const session = [
    '[sso-session myco]',
    `sso_start_url = ${START_URL}`,
    `sso_region = ${SSO_REGION}`,
    'sso_registration_scopes = sso:account:access',
    '',
  ];
  const others = accounts
    .filter(({ id }) => !NAMED.has(id))
    .map(account => ({
      name: `${account.name}-viewer`,
      account,
      role: 'ViewOnlyAccess',
      region: 'us-east-1',
    }));
  const profiles = [...PROFILES, ...others].flatMap(({ name, account, role, region }) => [
    `[profile ${name}]`,
    'sso_session = myco',
    `sso_account_id = ${account.id}`,
    `sso_role_name = ${role}`,
    `region = ${region}`,
    'output = json',
    '',
  ]);
  return [...session, ...profiles].join('\n');
}
