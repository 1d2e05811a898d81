import type { Instance, InstanceState, SsmStatus } from '../../access/instance';

/** What one region of one account held when it was last listed. */
export interface SavedListing {
  readonly accountId: string;
  readonly region: string;
  /** Epoch milliseconds of the answer. */
  readonly listedAt: number;
  readonly instances: readonly Instance[];
}

/** The last known inventory, as it outlives the window. Names, states, addresses and tags; nothing that opens anything. */
export interface SavedInventory {
  readonly accountNames: ReadonlyMap<string, string>;
  readonly listings: readonly SavedListing[];
}

/** Raised whenever a line means something else than before: an older file is then as good as none. */
const SCHEMA = 1;

/** An instance as a list: a tenth of a second matters, and ten thousand times the members' names would be half the file. */
type Packed = readonly [
  id: string,
  state: string,
  tags: Readonly<Record<string, string>>,
  ssm: PackedSsm | 0,
  privateIp: string | 0,
  publicIp: string | 0,
  instanceType: string | 0,
  launchedAt: number,
  /** Only where it is not the tag's. */
  name: string | 0,
  /** Only where it is not the account that was asked. */
  accountId: string | 0,
];
type PackedSsm = readonly [
  ping: string,
  lastPingAt: number,
  agent: string | 0,
  type: string | 0,
  name: string | 0,
];

/** Lines of JSON: what it is, then a region each, so that a broken line costs one region and no more. */
export function* encodeInventory({ accountNames, listings }: SavedInventory): Generator<string> {
  yield JSON.stringify({ schema: SCHEMA, accountNames: Object.fromEntries(accountNames) });
  for (const { accountId, region, listedAt, instances } of listings) {
    yield JSON.stringify([accountId, region, listedAt, instances.map(instance => pack(instance, accountId))]);
  }
}

/** Undefined for anything that is not ours or of another schema; lines and instances that make no sense are left out. */
export function decodeInventory(text: string): SavedInventory | undefined {
  const [head = '', ...lines] = text.split('\n');
  const header = parse(head);
  if (!isRecord(header) || header['schema'] !== SCHEMA) return undefined;
  const names = isRecord(header['accountNames']) ? Object.entries(header['accountNames']) : [];
  return {
    accountNames: new Map(names.flatMap(([id, name]) => (typeof name === 'string' ? [[id, name]] : []))),
    listings: lines.flatMap(line => listingOf(parse(line)) ?? []),
  };
}

function listingOf(value: unknown): SavedListing | undefined {
  if (!Array.isArray(value)) return undefined;
  const [accountId, region, listedAt, packed] = value as unknown[];
  if (typeof accountId !== 'string' || !/^\d{12}$/.test(accountId)) return undefined;
  if (typeof region !== 'string' || !/^[a-z0-9-]+$/.test(region)) return undefined;
  if (typeof listedAt !== 'number' || !Array.isArray(packed)) return undefined;
  const instances = packed.flatMap(one => unpack(one, accountId, region) ?? []);
  return { accountId, region, listedAt, instances };
}

function pack(instance: Instance, asked: string): Packed {
  const { id, state, tags, ssm, privateIp, publicIp, instanceType, launchedAt, name, accountId } = instance;
  return [
    id,
    state,
    tags,
    ssm ? packSsm(ssm) : 0,
    privateIp ?? 0,
    publicIp ?? 0,
    instanceType ?? 0,
    launchedAt ?? 0,
    name === undefined || name === tags['Name'] ? 0 : name,
    accountId === asked ? 0 : accountId,
  ];
}

function packSsm({ pingStatus, lastPingAt, agentVersion, platformType, platformName }: SsmStatus): PackedSsm {
  return [pingStatus, lastPingAt ?? 0, agentVersion ?? 0, platformType ?? 0, platformName ?? 0];
}

/** The file is the person's own, yet an id becomes part of a command line: it has the form of one or is none. */
function unpack(value: unknown, asked: string, region: string): Instance | undefined {
  if (!Array.isArray(value)) return undefined;
  const [id, state, tags, ssm, privateIp, publicIp, type, launchedAt, name, accountId] = value as unknown[];
  if (typeof id !== 'string' || !/^m?i-[0-9a-f]+$/.test(id) || !isTags(tags)) return undefined;
  const known = text(name) ?? text(tags['Name']);
  return {
    id,
    accountId: typeof accountId === 'string' && /^\d{12}$/.test(accountId) ? accountId : asked,
    region,
    state: STATES.has(state as InstanceState) ? (state as InstanceState) : 'unknown',
    tags,
    ...(known === undefined ? undefined : { name: known }),
    ...(text(privateIp) === undefined ? undefined : { privateIp: privateIp as string }),
    ...(text(publicIp) === undefined ? undefined : { publicIp: publicIp as string }),
    ...(text(type) === undefined ? undefined : { instanceType: type as string }),
    ...(time(launchedAt) === undefined ? undefined : { launchedAt: launchedAt as number }),
    ...(Array.isArray(ssm) ? { ssm: unpackSsm(ssm) } : undefined),
  };
}

function unpackSsm([ping, at, agent, type, name]: readonly unknown[]): SsmStatus {
  return {
    pingStatus: ping === 'Online' || ping === 'ConnectionLost' ? ping : 'Inactive',
    ...(time(at) === undefined ? undefined : { lastPingAt: at as number }),
    ...(text(agent) === undefined ? undefined : { agentVersion: agent as string }),
    ...(type === 'Linux' || type === 'Windows' || type === 'MacOS' ? { platformType: type } : undefined),
    ...(text(name) === undefined ? undefined : { platformName: name as string }),
  };
}

const STATES: ReadonlySet<InstanceState> = new Set<InstanceState>([
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
  'unknown',
]);

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function time(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function isTags(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every(one => typeof one === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
