import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/client-sso';
import { AwsConfig } from '../../src/aws/awsConfig';
import { AwsClients } from '../../src/aws/clients';
import { InstanceDirectory } from '../../src/aws/instances';
import { ProfileCredentials } from '../../src/aws/profileCredentials';
import { RoleCredentials } from '../../src/aws/roleCredentials';
import { SsoPortal } from '../../src/aws/ssoPortal';
import { SsoSignIn } from '../../src/aws/ssoSignIn';
import { SsoTokenCache } from '../../src/aws/ssoTokenCache';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import { awsInventory } from '../../src/ui/instances/awsInventory';
import { InventoryFile } from '../../src/ui/instances/inventoryFile';
import type { SavedInventory } from '../../src/ui/model/instances/savedInventory';

export const REGIONS = ['us-east-1', 'eu-west-1', 'us-west-2'] as const;
/** As the product lists: so many regions at once, EC2 and Systems Manager side by side in each. */
const WIDTH = 8;
const EC2_PAGE = 1000;
const SSM_PAGE = 50;

export interface ListingFigures {
  readonly wallMs: number;
  /** User and system time of the process. */
  readonly cpuMs: number;
  readonly instances: number;
  readonly heapGrowthMib: number;
  readonly residentGrowthMib: number;
}

/** What the extension composes to list everything, without an editor. */
export function composeInventory(inventoryFile: string, onDidSave?: (saved: SavedInventory) => void) {
  const env = process.env;
  const [log, clock] = [silentLog, systemClock];
  const clients = new AwsClients({ env, log, clock });
  const config = new AwsConfig({ env, log });
  const cache = new SsoTokenCache({ env, log });
  const signIn = new SsoSignIn({ cache, clients, clock, log });
  const roles = new RoleCredentials({ signIn, clients, clock, log });
  const credentials = new ProfileCredentials({ config, roles, signIn, clients, clock, log });
  const directory = new InstanceDirectory({ clients, log });
  const portal = new SsoPortal({ signIn, clients });
  const file = new InventoryFile({ path: inventoryFile, log });
  const inventory = awsInventory({
    config,
    signIn,
    credentials,
    directory,
    portal,
    extraRegions: () => REGIONS,
    grantedRoles: () => new Map(),
    store: {
      load: () => file.load(),
      save: async saved => {
        await file.save(saved);
        onDidSave?.(saved);
      },
    },
    clock,
    log,
  });
  return { inventory, config, signIn };
}

/** One cold refresh of a process that has listed nothing yet. */
export async function listAsWeDo(inventoryFile: string): Promise<ListingFigures> {
  let savedCount = 0;
  let isSaved: () => void = () => undefined;
  const { inventory } = composeInventory(inventoryFile, ({ listings }) => {
    savedCount = listings.reduce((sum, { instances }) => sum + instances.length, 0);
    if (savedCount === inventory.instances.length) isSaved();
  });
  const figures = await measured(async () => {
    await inventory.refresh();
    return inventory.instances;
  });
  // For the measurements that begin with what is saved.
  if (savedCount !== figures.instances) await new Promise<void>(resolve => (isSaved = resolve));
  return figures;
}

/** The same calls by the SDK's own clients at the same concurrency, and nothing done with the answers but keeping them. */
export async function listBare(): Promise<ListingFigures> {
  const { config, signIn } = composeInventory('/nonexistent/inventory.ndjson');
  const { profiles } = await config.load();
  const viewers = profiles.filter(({ roleName }) => roleName === 'ViewOnlyAccess');
  const byAccount = [...new Map(viewers.map(profile => [profile.accountId ?? '', profile])).values()];
  const [session] = (await config.load()).ssoSessions;
  if (!session) throw new Error('the sandbox has no sso-session');
  const accessToken = await signIn.accessToken(session);
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  return await measured(async () => {
    const sso = new SSOClient({ region: session.region, endpoint });
    const kept = new Map<string, ReturnType<typeof credentialsOf>>();
    const credentialsOf = async (accountId: string, roleName: string) => {
      const command = new GetRoleCredentialsCommand({ accountId, roleName, accessToken });
      const { roleCredentials = {} } = await sso.send(command);
      const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = roleCredentials;
      return { accessKeyId, secretAccessKey, sessionToken };
    };
    const jobs = REGIONS.flatMap(region => byAccount.map(profile => ({ region, profile })));
    const found: unknown[] = [];
    const work = async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) {
        const { accountId = '', roleName = '' } = job.profile;
        const credentials = kept.get(accountId) ?? credentialsOf(accountId, roleName);
        kept.set(accountId, credentials);
        const scope = { region: job.region, endpoint, credentials: await credentials };
        const [described, managed] = await Promise.all([describe(scope), information(scope)]);
        found.push(...described);
        keptAnswers.push(managed);
      }
    };
    const keptAnswers: unknown[] = [];
    await Promise.all(Array.from({ length: WIDTH }, work));
    return found;
  });
}

interface BareScope {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

async function describe(scope: BareScope): Promise<unknown[]> {
  const client = new EC2Client(scope);
  const found: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeInstancesCommand({ MaxResults: EC2_PAGE, ...(NextToken ? { NextToken } : {}) }),
    );
    for (const { Instances = [] } of page.Reservations ?? []) found.push(...Instances);
    NextToken = page.NextToken;
  } while (NextToken);
  client.destroy();
  return found;
}

async function information(scope: BareScope): Promise<unknown[]> {
  const client = new SSMClient(scope);
  const found: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeInstanceInformationCommand({ MaxResults: SSM_PAGE, ...(NextToken ? { NextToken } : {}) }),
    );
    found.push(...(page.InstanceInformationList ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  client.destroy();
  return found;
}

const MIB = 2 ** 20;

async function measured(list: () => Promise<readonly unknown[]>): Promise<ListingFigures> {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const instances = await list();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  globalThis.gc?.();
  const after = process.memoryUsage();
  return {
    wallMs: Math.round(wallMs),
    cpuMs: Math.round((user + system) / 1000),
    instances: instances.length,
    heapGrowthMib: Math.round((after.heapUsed - before.heapUsed) / MIB),
    residentGrowthMib: Math.round((after.rss - before.rss) / MIB),
  };
}
