import { createHash } from 'node:crypto';
import { ACCOUNTS, DEV, PROD, type Account } from './organization';
import type { ManagedNode, SandboxInstance } from './instance';

const AGENT_VERSION = '3.3.1142.0';
const INSTANCE_PROFILE = 'MycoManagedInstance';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface Network {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly prefix: string;
}

/** One VPC per account and region, as a small company has it. */
const NETWORKS: Readonly<Record<string, Network>> = {
  [`${PROD.id}/us-east-1`]: {
    vpcId: 'vpc-0f2c6d9a41b7e8053',
    subnetId: 'subnet-0a47c15be9f3d8261',
    prefix: '10.0',
  },
  [`${PROD.id}/eu-west-1`]: {
    vpcId: 'vpc-0b8e14a7c3d95f620',
    subnetId: 'subnet-07d3f98a2c6e4b150',
    prefix: '10.1',
  },
  [`${DEV.id}/us-east-1`]: {
    vpcId: 'vpc-06a9d3e2f7b1c4859',
    subnetId: 'subnet-0e5b7c2d91a8f3460',
    prefix: '10.8',
  },
  [`${DEV.id}/eu-west-1`]: {
    vpcId: 'vpc-0c7f2b5e8d4a61930',
    subnetId: 'subnet-03f9a6d8b2e7c5140',
    prefix: '10.9',
  },
};

/** The same in every run: an account and region that the stories do not visit has a VPC all the same. */
function networkOf(accountId: string, region: string): Network {
  const known = NETWORKS[`${accountId}/${region}`];
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(`${accountId}/${region}`).digest('hex');
  return {
    vpcId: `vpc-0${digest.slice(0, 16)}`,
    subnetId: `subnet-0${digest.slice(16, 32)}`,
    prefix: `10.${16 + (Number.parseInt(digest.slice(32, 34), 16) % 200)}`,
  };
}

function node(now: number, over: Partial<ManagedNode> = {}): ManagedNode {
  return {
    pingStatus: 'Online',
    lastPingAt: now,
    agentVersion: AGENT_VERSION,
    platformType: 'Linux',
    platformName: 'Amazon Linux',
    platformVersion: '2023',
    ...over,
  };
}

interface Sketch {
  readonly id: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly host: string;
  readonly publicIp?: string;
  readonly name: string;
  readonly department?: string;
  readonly environment?: string;
  readonly instanceType?: string;
  readonly state?: SandboxInstance['state'];
  readonly ageDays?: number;
  /** `no-profile`: not managed either, for want of permissions; otherwise its agent is at fault. */
  readonly ssm?: ManagedNode | 'unmanaged' | 'no-profile';
}

function draw(now: number, sketch: Sketch): SandboxInstance {
  const accountId = sketch.accountId ?? PROD.id;
  const region = sketch.region ?? 'us-east-1';
  const network = networkOf(accountId, region);
  const ssm = typeof sketch.ssm === 'string' ? undefined : (sketch.ssm ?? node(now));
  return {
    id: sketch.id,
    accountId,
    region,
    availabilityZone: `${region}a`,
    state: sketch.state ?? 'running',
    tags: {
      Name: sketch.name,
      ...(sketch.department === undefined ? {} : { Department: sketch.department }),
      Environment: sketch.environment ?? 'production',
    },
    instanceType: sketch.instanceType ?? 't3.micro',
    imageId: 'ami-0c101f26f147fa7fd',
    vpcId: network.vpcId,
    subnetId: network.subnetId,
    privateIp: `${network.prefix}.${sketch.host}`,
    ...(sketch.publicIp === undefined ? {} : { publicIp: sketch.publicIp }),
    launchedAt: Math.floor((now - (sketch.ageDays ?? 12) * DAY_MS) / 1000) * 1000,
    ...(sketch.ssm === 'no-profile' ? {} : { instanceProfile: INSTANCE_PROFILE }),
    ...(ssm === undefined ? {} : { ssm }),
  };
}

/** The instances everyone meets: the article's two, and one of every trouble a person can run into. */
export function namedInstances(now: number): readonly SandboxInstance[] {
  const sketches: readonly Sketch[] = [
    { id: 'i-060ee0879f3ec4eb7', host: '1.17', name: 'web-1', department: 'FrontEnd' },
    { id: 'i-0b3d7a94e1c2f5860', host: '1.18', name: 'web-2', department: 'FrontEnd', ageDays: 9 },
    {
      id: 'i-05b7516a19f826be9',
      host: '2.31',
      name: 'backend-1',
      department: 'BackEnd',
      instanceType: 't3.small',
      ageDays: 40,
    },
    {
      id: 'i-0d91c6e5f8a3b2740',
      host: '1.44',
      name: 'web-canary',
      department: 'FrontEnd',
      environment: 'staging',
      state: 'stopped',
      ageDays: 90,
      ssm: node(now - 3 * DAY_MS, { pingStatus: 'ConnectionLost' }),
    },
    {
      id: 'i-0e27f4b8d5a1963c0',
      host: '3.9',
      name: 'legacy-ftp',
      department: 'FrontEnd',
      instanceType: 't2.medium',
      publicIp: '203.0.113.17',
      ageDays: 1430,
      ssm: 'no-profile',
    },
    {
      id: 'i-0a8c3e1f7b6d42950',
      host: '1.52',
      name: 'web-lost',
      department: 'FrontEnd',
      ageDays: 61,
      ssm: node(now - 47 * MINUTE_MS, { pingStatus: 'ConnectionLost' }),
    },
    {
      id: 'i-0f64b2d8a9e7c1350',
      host: '2.77',
      name: 'batch-windows',
      department: 'BackEnd',
      instanceType: 'm6i.large',
      ageDays: 200,
      ssm: node(now - 9 * DAY_MS, {
        pingStatus: 'ConnectionLost',
        platformType: 'Windows',
        platformName: 'Microsoft Windows Server 2022 Datacenter',
        platformVersion: '10.0.20348',
        agentVersion: '3.2.2303.0',
      }),
    },
    {
      id: 'i-0c59e7a3d1f8b6240',
      region: 'eu-west-1',
      host: '1.11',
      name: 'web-eu-1',
      department: 'FrontEnd',
      ageDays: 30,
    },
    {
      id: 'i-04a7f1c8e3b9d5620',
      region: 'eu-west-1',
      host: '2.12',
      name: 'backend-eu-1',
      department: 'BackEnd',
      ageDays: 30,
    },
    {
      id: 'i-092d6b5f4e8a7c130',
      accountId: DEV.id,
      host: '1.5',
      name: 'dev-web-1',
      department: 'FrontEnd',
      environment: 'development',
      ageDays: 3,
    },
    {
      id: 'i-07e1a9c4d8b3f2650',
      accountId: DEV.id,
      host: '1.6',
      name: 'dev-sandbox',
      environment: 'development',
      ageDays: 1,
    },
    // A machine in the laboratory, which EC2 does not know.
    { id: 'mi-0a7c9e1b3d5f72648', accountId: DEV.id, host: '1.7', name: 'rack-7', ageDays: 700 },
  ];
  return sketches.map(sketch => draw(now, sketch));
}

const DEPARTMENTS = ['FrontEnd', 'BackEnd', 'Data', 'Platform'] as const;
const ENVIRONMENTS = ['production', 'staging', 'development'] as const;
const TYPES = ['t3.micro', 't3.small', 'm6i.large', 'c7g.xlarge'] as const;

/** Where the fleet of a larger organisation stands: every account has machines in each. */
export const FLEET_REGIONS = ['us-east-1', 'eu-west-1', 'us-west-2'] as const;

/** Two accounts lean to production and to us-east-1, as a small company does; more of them are filled evenly. */
function placeOf(index: number, accounts: readonly Account[]): { accountId: string; region: string } {
  if (accounts.length <= 2) {
    return {
      accountId: index % 5 === 4 ? DEV.id : PROD.id,
      region: index % 3 === 2 ? 'eu-west-1' : 'us-east-1',
    };
  }
  const round = Math.floor(index / accounts.length);
  return {
    // A step further each round, so that no account has one department only.
    accountId: accounts[(index + round) % accounts.length]?.id ?? PROD.id,
    region: FLEET_REGIONS[round % FLEET_REGIONS.length] ?? 'us-east-1',
  };
}

/** `count` further instances, the same ones every time, spread over accounts, regions, departments and troubles. */
export function generatedInstances(
  count: number,
  now: number,
  accounts: readonly Account[] = ACCOUNTS,
): readonly SandboxInstance[] {
  return Array.from({ length: count }, (_, index) => {
    const department = DEPARTMENTS[index % DEPARTMENTS.length] ?? 'FrontEnd';
    const lost = index % 23 === 7;
    return draw(now, {
      id: `i-0${(0x1a2b3c4d5e * 16 + index * 2_654_435_761).toString(16).padStart(16, '0').slice(-16)}`,
      ...placeOf(index, accounts),
      host: `${16 + (Math.floor(index / 250) % 240)}.${1 + (index % 250)}`,
      name: `${department.toLowerCase()}-${String(index + 1).padStart(5, '0')}`,
      department,
      environment: ENVIRONMENTS[Math.floor(index / 4) % ENVIRONMENTS.length] ?? 'production',
      instanceType: TYPES[Math.floor(index / 12) % TYPES.length] ?? 't3.micro',
      state: index % 17 === 11 ? 'stopped' : 'running',
      ageDays: 1 + (index % 400),
      ssm:
        index % 29 === 13
          ? 'unmanaged'
          : lost || index % 17 === 11
            ? node(now - (5 + (index % 600)) * MINUTE_MS, { pingStatus: 'ConnectionLost' })
            : node(now),
    });
  });
}
