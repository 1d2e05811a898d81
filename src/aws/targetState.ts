import type { CallOptions } from '../base/cancellation';
import { isAppError, messageOf } from '../base/errors';
import type { Log } from '../base/log';
import type { AwsClients } from './clients';
import type { InstanceScope } from './instances';

/** `gone`: stopped, stopping or terminated. `silent`: it runs, and Systems Manager has lost its agent. */
export type TargetState = 'reachable' | 'gone' | 'silent' | 'unknown';

/** EC2's states in which no agent can answer. */
const NOT_RUNNING = new Set(['shutting-down', 'terminated', 'stopping', 'stopped']);

/**
 * What has become of one instance. Each of the two questions may be refused to a role; what is left unknown then is no failure.
 * Throws `AppError('cancelled')` only.
 */
export async function targetState(
  deps: { readonly clients: AwsClients; readonly log: Log },
  scope: InstanceScope,
  instanceId: string,
  options: CallOptions = {},
): Promise<TargetState> {
  const [ec2, ping] = await Promise.all([
    known(deps.log, `the EC2 state of ${instanceId}`, () =>
      ec2State(deps.clients, scope, instanceId, options),
    ),
    known(deps.log, `the ping of ${instanceId}`, () => pingStatus(deps.clients, scope, instanceId, options)),
  ]);
  if (ec2 !== undefined && NOT_RUNNING.has(ec2)) return 'gone';
  if (ping === undefined) return ec2 === undefined ? 'unknown' : 'reachable';
  return ping === 'Online' ? 'reachable' : 'silent';
}

async function ec2State(
  clients: AwsClients,
  scope: InstanceScope,
  instanceId: string,
  { signal }: CallOptions,
): Promise<string | undefined> {
  if (!instanceId.startsWith('i-')) return undefined;
  const { sdk, client } = await clients.ec2(scope);
  const command = new sdk.DescribeInstancesCommand({ InstanceIds: [instanceId] });
  try {
    const { Reservations } = await clients.call('DescribeInstances', send => client.send(command, send), {
      signal,
    });
    // EC2 forgets a terminated instance after about an hour.
    return Reservations?.[0]?.Instances?.[0]?.State?.Name ?? 'terminated';
  } catch (thrown) {
    if (isAppError(thrown, 'target-not-found')) return 'terminated';
    throw thrown;
  }
}

async function pingStatus(
  clients: AwsClients,
  scope: InstanceScope,
  instanceId: string,
  { signal }: CallOptions,
): Promise<string | undefined> {
  const { sdk, client } = await clients.ssm(scope);
  const command = new sdk.DescribeInstanceInformationCommand({
    Filters: [{ Key: 'InstanceIds', Values: [instanceId] }],
  });
  const { InstanceInformationList } = await clients.call(
    'DescribeInstanceInformation',
    send => client.send(command, send),
    { signal },
  );
  return InstanceInformationList?.[0]?.PingStatus ?? 'Inactive';
}

/** What is asked, or undefined when it is refused or cannot be had. Throws `AppError('cancelled')` only. */
export async function known<T>(
  log: Log,
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (isAppError(thrown, 'cancelled')) throw thrown;
    log.debug(`Not to be had, ${what}: ${messageOf(thrown)}`);
    return undefined;
  }
}
