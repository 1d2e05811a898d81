import { partitionOf } from './partition';

export type InstanceState =
  'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped' | 'unknown';

/** What Systems Manager knows of an instance. Absent altogether when it is not managed. */
export interface SsmStatus {
  readonly pingStatus: 'Online' | 'ConnectionLost' | 'Inactive';
  /** Epoch milliseconds of the last ping. */
  readonly lastPingAt?: number;
  readonly agentVersion?: string;
  readonly platformType?: 'Linux' | 'Windows' | 'MacOS';
  readonly platformName?: string;
}

/** An EC2 instance in one account and region. Immutable: a refresh replaces it whole. */
export interface Instance {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  /** The `Name` tag, when it has one. */
  readonly name?: string;
  readonly state: InstanceState;
  readonly privateIp?: string;
  readonly publicIp?: string;
  readonly instanceType?: string;
  /** The name of its instance profile; empty when EC2 says that it has none; absent when nobody knows. */
  readonly instanceProfile?: string;
  readonly launchedAt?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly ssm?: SsmStatus;
}

/** Unique across accounts and regions. */
export function instanceKey(instance: Pick<Instance, 'id' | 'accountId' | 'region'>): string {
  return `${instance.accountId}/${instance.region}/${instance.id}`;
}

/** Reads a key back; `undefined` when it is none. */
export function parseInstanceKey(key: string): Pick<Instance, 'id' | 'accountId' | 'region'> | undefined {
  const [, accountId, region, id] = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  return accountId && region && id ? { accountId, region, id } : undefined;
}

/** What a person calls it: the name, else the id. */
export function instanceLabel(instance: Pick<Instance, 'id' | 'name'>): string {
  return instance.name ?? instance.id;
}

/** A machine that Systems Manager manages and EC2 does not know (`mi-…`): it has no state, tags or type of EC2's. */
export function isOutsideEc2({ id }: Pick<Instance, 'id'>): boolean {
  return id.startsWith('mi-');
}

/** Whether a session could be opened at all, permission aside: it runs, or EC2 cannot say, and Systems Manager manages it. */
export function isManaged(instance: Instance): boolean {
  return (instance.state === 'running' || isOutsideEc2(instance)) && instance.ssm !== undefined;
}

export function instanceArn({
  id,
  accountId,
  region,
}: Pick<Instance, 'id' | 'accountId' | 'region'>): string {
  const { partition } = partitionOf(region);
  // They are Systems Manager's own resources.
  if (isOutsideEc2({ id })) return `arn:${partition}:ssm:${region}:${accountId}:managed-instance/${id}`;
  return `arn:${partition}:ec2:${region}:${accountId}:instance/${id}`;
}
