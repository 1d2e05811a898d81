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
  | { readonly kind: 'not-running'; readonly state: InstanceState }
  | { readonly kind: 'not-managed' }
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

/** Whether a connection can be opened now, and if not, the first thing in the way: the machine first, then the permission. */
export function connectability(
  instance: Instance,
  context: {
    readonly flows: readonly Flow[];
    readonly grants: readonly Grant[];
    readonly now: number;
    readonly wants?: ConnectionKind;
  },
): Connectability {
  // EC2 has no state for what is not its own; whether the agent answers tells enough.
  if (instance.state !== 'running' && !isOutsideEc2(instance))
    return { kind: 'not-running', state: instance.state };
  const ssm = instance.ssm;
  if (!ssm) return { kind: 'not-managed' };
  if (ssm.pingStatus !== 'Online') {
    return ssm.lastPingAt === undefined
      ? { kind: 'ping-lost' }
      : { kind: 'ping-lost', since: ssm.lastPingAt };
  }
  const needed = OLDEST_AGENT[context.wants ?? 'shell'];
  if (ssm.agentVersion !== undefined && isOlder(ssm.agentVersion, needed)) {
    return { kind: 'agent-too-old', agentVersion: ssm.agentVersion, needed };
  }
  const grant = coveringGrant(context.grants, instance, context.now);
  if (grant) return { kind: 'ok', grant };
  const { reaching, failing } = reachReport(context.flows, instance);
  return reaching.length > 0 ? { kind: 'no-grant', reaching } : { kind: 'no-flow', failing };
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
