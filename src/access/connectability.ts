import type { Flow, FlowTarget } from './flow';
import type { Grant } from './grant';
import { isOutsideEc2, type Instance, type InstanceState } from './instance';
import { coveringGrant, reachReport, type ReachObstacle } from './reach';

/** What the person wants of the instance. */
export type ConnectionKind = 'shell' | 'port' | 'remote-host';

/**
 * The oldest agent that can do each (Systems Manager User Guide: Session Manager needs 2.3.68.0, port forwarding 2.3.672.0, port
 * forwarding to a remote host 3.1.1374.0).
 */
const OLDEST_AGENT: Readonly<Record<ConnectionKind, string>> = {
  shell: '2.3.68.0',
  port: '2.3.672.0',
  'remote-host': '3.1.1374.0',
};

export type Connectability =
  | { readonly kind: 'ok'; readonly grant: Grant }
  /** Its sign-in has run out: nothing that is known of it is of now. */
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'not-running'; readonly state: InstanceState }
  /** Systems Manager could not be asked about it. */
  | { readonly kind: 'ssm-unknown' }
  | { readonly kind: 'not-managed'; readonly missing: MissingForSsm }
  /** `since`: the last ping, epoch milliseconds. */
  | { readonly kind: 'ping-lost'; readonly since?: number }
  | { readonly kind: 'agent-too-old'; readonly agentVersion: string; readonly needed: string }
  /** Reachable, and one of `reaching` may be asked for. */
  | { readonly kind: 'no-grant'; readonly reaching: readonly FlowTarget[] }
  /** Reachable, but no flow of the settings leads there. */
  | {
      readonly kind: 'no-flow';
      readonly failing: readonly (FlowTarget & { readonly obstacle: ReachObstacle })[];
    };

/**
 * What an instance lacks to be managed by Systems Manager, as far as EC2 tells: without an instance profile its agent may not register
 * (unless the account has default host management); with one the agent, the profile's permissions or the network are to be checked;
 * `unknown` where nobody has asked EC2 for the profile.
 */
export type MissingForSsm = 'instance-profile' | 'agent' | 'unknown';

/** What is known of the listing that an instance is from. */
export interface Circumstances {
  readonly isSignedOut: boolean;
  readonly isSsmUnknown: boolean;
}

export interface ConnectabilityContext {
  readonly flows: readonly Flow[];
  readonly grants: readonly Grant[];
  readonly now: number;
  readonly wants?: ConnectionKind;
  readonly circumstances?: (instance: Instance) => Circumstances;
}

/** Whether a connection can be opened now, and if not, the first thing in the way: the machine first, then the permission. */
export function connectability(instance: Instance, context: ConnectabilityContext): Connectability {
  const obstacle = machineObstacle(instance, context);
  if (obstacle) return obstacle;
  const grant = coveringGrant(context.grants, instance, context.now);
  if (grant) return { kind: 'ok', grant };
  const { reaching, failing } = reachReport(context.flows, instance);
  return reaching.length > 0 ? { kind: 'no-grant', reaching } : { kind: 'no-flow', failing };
}

/** Whether `connectability` is `ok`, for counting thousands: a grant covers few of them, and why not is nobody's question. */
export function isConnectable(instance: Instance, context: ConnectabilityContext): boolean {
  return (
    coveringGrant(context.grants, instance, context.now) !== undefined &&
    machineObstacle(instance, context) === undefined
  );
}

/** What is in the way whoever asks; `undefined` when the machine and its agent are ready. */
export function machineObstacle(
  instance: Instance,
  context: Pick<ConnectabilityContext, 'wants' | 'circumstances'>,
): Connectability | undefined {
  const circumstances = context.circumstances?.(instance);
  if (circumstances?.isSignedOut) return { kind: 'signed-out' };
  // EC2 has no state for what is not its own; whether the agent answers tells enough.
  if (instance.state !== 'running' && !isOutsideEc2(instance))
    return { kind: 'not-running', state: instance.state };
  const ssm = instance.ssm;
  if (!ssm) {
    return circumstances?.isSsmUnknown
      ? { kind: 'ssm-unknown' }
      : { kind: 'not-managed', missing: missingForSsm(instance) };
  }
  if (ssm.pingStatus !== 'Online') {
    return ssm.lastPingAt === undefined
      ? { kind: 'ping-lost' }
      : { kind: 'ping-lost', since: ssm.lastPingAt };
  }
  const needed = OLDEST_AGENT[context.wants ?? 'shell'];
  if (ssm.agentVersion !== undefined && isOlder(ssm.agentVersion, needed)) {
    return { kind: 'agent-too-old', agentVersion: ssm.agentVersion, needed };
  }
  return undefined;
}

/** What the agent is too old for although it can open shells; `undefined` when it can do everything, or its version is not known. */
export interface AgentLimit {
  readonly cannot: 'port' | 'remote-host';
  readonly agentVersion: string;
  /** The oldest agent that can. */
  readonly needed: string;
}

export function agentLimit({ ssm }: Instance): AgentLimit | undefined {
  const agentVersion = ssm?.agentVersion;
  if (agentVersion === undefined) return undefined;
  const cannot = (['port', 'remote-host'] as const).find(kind => isOlder(agentVersion, OLDEST_AGENT[kind]));
  return cannot && { cannot, agentVersion, needed: OLDEST_AGENT[cannot] };
}

function missingForSsm({ instanceProfile }: Instance): MissingForSsm {
  if (instanceProfile === undefined) return 'unknown';
  return instanceProfile === '' ? 'instance-profile' : 'agent';
}

/** Compares dotted versions part by part; a part that is not a number makes the versions incomparable, hence "not older". */
export function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  const right = than.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const a = left[i] ?? 0;
    const b = right[i] ?? 0;
    if (Number.isNaN(a) || Number.isNaN(b)) return false;
    if (a !== b) return a < b;
  }
  return false;
}
