import type { Instance, InstanceState, SsmStatus } from '../../../access/instance';

/** What one region of one account held when it was last listed. */
export interface SavedListing {
  readonly accountId: string;
  readonly region: string;
  /** Epoch milliseconds of the answer. */
  readonly listedAt: number;
  readonly instances: readonly Instance[];
  /** Of a listing that comes from the file. */
  readonly saved?: SavedInstances;
}

/** Instances that are read when they are asked for. */
export interface SavedInstances {
  /** How many they are, told without reading them. */
  readonly count: number;
  readonly instances: readonly Instance[];
}

/** The last known inventory, as it outlives the window. Names, states, addresses and tags; nothing that opens anything. */
export interface SavedInventory {
  readonly accountNames: ReadonlyMap<string, string>;
  readonly listings: readonly SavedListing[];
}

/** Raised whenever a line means something else than before: an older file is then as good as none. */
const SCHEMA = 2;

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
  /** 0 where nobody knows; files of before have nothing here. */
  instanceProfile: string | 0,
];
type PackedSsm = readonly [
  ping: string,
  lastPingAt: number,
  agent: string | 0,
  type: string | 0,
  name: string | 0,
];

/**
 * Lines of JSON: what it is, then a region each, so that a broken line costs one region and no more, and a region is read when somebody looks
 * into it: at the start of a window its number of instances is enough.
 */
export function* encodeInventory({ accountNames, listings }: SavedInventory): Generator<string> {
  yield JSON.stringify({ schema: SCHEMA, accountNames: Object.fromEntries(accountNames) });
  for (const { accountId, region, listedAt, instances } of listings) {
    const packed = instances.map(instance => pack(instance, accountId));
    yield JSON.stringify([accountId, region, listedAt, packed.length, packed]);
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
    listings: lines.flatMap(line => listingOf(line) ?? []),
  };
}

/** The beginning of a region's line, up to its instances; a line that was cut off does not end like one. */
const LINE = /^\["(\d{12})","([a-z0-9-]+)",(\d+),(\d+),(?=\[.*\]\]$)/;

function listingOf(line: string): SavedListing | undefined {
  const [, accountId, region, listedAt, count] = LINE.exec(line) ?? [];
  if (accountId === undefined || region === undefined) return undefined;
  const saved = new SavedLine(line, Number(count));
  return {
    accountId,
    region,
    listedAt: Number(listedAt),
    saved,
    get instances() {
      return saved.instances;
    },
  };
}

/** The instances of a region as they stand in the file. Those that make no sense are left out when they are read. */
class SavedLine implements SavedInstances {
  readonly #told: number;
  #line: string;
  #instances: readonly Instance[] | undefined;

  constructor(line: string, told: number) {
    this.#line = line;
    this.#told = told;
  }

  get count(): number {
    return this.#instances?.length ?? this.#told;
  }

  get instances(): readonly Instance[] {
    this.#instances ??= readLine(this.#line);
    this.#line = '';
    return this.#instances;
  }
}

function readLine(line: string): readonly Instance[] {
  const value = parse(line);
  if (!Array.isArray(value)) return [];
  const [accountId, region, , , packed] = value as unknown[];
  if (typeof accountId !== 'string' || typeof region !== 'string' || !Array.isArray(packed)) return [];
  return packed.flatMap(one => unpack(one, accountId, region) ?? []);
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
    instance.instanceProfile ?? 0,
  ];
}

function packSsm({ pingStatus, lastPingAt, agentVersion, platformType, platformName }: SsmStatus): PackedSsm {
  return [pingStatus, lastPingAt ?? 0, agentVersion ?? 0, platformType ?? 0, platformName ?? 0];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The file is the person's own, yet an id becomes part of a command line: it has the form of one or is none. Members are set one by one,
 * for ten thousand times putting objects together takes longer than the parser.
 */
function unpack(value: unknown, asked: string, region: string): Instance | undefined {
  if (!Array.isArray(value)) return undefined;
  const [id, state, tags, ssm, privateIp, publicIp, type, launchedAt, name, accountId, role] =
    value as unknown[];
  if (typeof id !== 'string' || !/^m?i-[0-9a-f]+$/.test(id) || !isTags(tags)) return undefined;
  const instance: Writable<Instance> = {
    id,
    accountId: typeof accountId === 'string' && /^\d{12}$/.test(accountId) ? accountId : asked,
    region,
    state: STATES.has(state as InstanceState) ? (state as InstanceState) : 'unknown',
    tags,
  };
  const known = isText(name) ? name : tags['Name'];
  if (known) instance.name = known;
  if (isText(privateIp)) instance.privateIp = privateIp;
  if (isText(publicIp)) instance.publicIp = publicIp;
  if (isText(type)) instance.instanceType = type;
  if (typeof role === 'string') instance.instanceProfile = role;
  if (isTime(launchedAt)) instance.launchedAt = launchedAt;
  if (Array.isArray(ssm)) instance.ssm = unpackSsm(ssm);
  return instance;
}

function unpackSsm([ping, at, agent, type, name]: readonly unknown[]): SsmStatus {
  const status: Writable<SsmStatus> = {
    pingStatus: ping === 'Online' || ping === 'ConnectionLost' ? ping : 'Inactive',
  };
  if (isTime(at)) status.lastPingAt = at;
  if (isText(agent)) status.agentVersion = agent;
  if (type === 'Linux' || type === 'Windows' || type === 'MacOS') status.platformType = type;
  if (isText(name)) status.platformName = name;
  return status;
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

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

function isTags(value: unknown): value is Record<string, string> {
  if (!isRecord(value)) return false;
  for (const key in value) if (typeof value[key] !== 'string') return false;
  return true;
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
