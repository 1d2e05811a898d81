/** How the agent of an instance stands to Systems Manager. Absent: the instance is not managed. */
export interface ManagedNode {
  readonly pingStatus: 'Online' | 'ConnectionLost';
  /** Epoch milliseconds; for an online node it is brought up to date when it is asked for. */
  readonly lastPingAt: number;
  readonly agentVersion: string;
  readonly platformType: 'Linux' | 'Windows';
  readonly platformName: string;
  readonly platformVersion: string;
}

export type InstanceState = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';

/** One pretend EC2 instance, or a machine elsewhere that Systems Manager manages (`mi-…`). Immutable: the world replaces it whole. */
export interface SandboxInstance {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly state: InstanceState;
  readonly tags: Readonly<Record<string, string>>;
  readonly instanceType: string;
  readonly imageId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly privateIp: string;
  readonly publicIp?: string;
  /** Its name; absent where it has none. */
  readonly instanceProfile?: string;
  readonly launchedAt: number;
  readonly ssm?: ManagedNode;
}

/** EC2 knows nothing of it; Systems Manager does, by a hybrid activation. */
export function isOutsideEc2({ id }: Pick<SandboxInstance, 'id'>): boolean {
  return id.startsWith('mi-');
}

/** The private DNS name; us-east-1 has its own suffix. */
export function privateDnsName({ id, tags, privateIp, region }: SandboxInstance): string {
  if (isOutsideEc2({ id })) return `${tags['Name'] ?? id}.lab.myco.example`;
  const suffix = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${privateIp.replaceAll('.', '-')}.${suffix}`;
}

export function instanceArn({ id, accountId, region }: SandboxInstance): string {
  return isOutsideEc2({ id })
    ? `arn:aws:ssm:${region}:${accountId}:managed-instance/${id}`
    : `arn:aws:ec2:${region}:${accountId}:instance/${id}`;
}

/** A session can start only on a running instance whose agent answers. */
export function isConnected({ state, ssm }: SandboxInstance): boolean {
  return state === 'running' && ssm?.pingStatus === 'Online';
}
