import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { InstanceInformation } from '@aws-sdk/client-ssm';
import { throwIfCancelled, type CallOptions } from '../base/cancellation';
import type { AppError } from '../base/errors';
import type { Log } from '../base/log';
import type { Instance, InstanceState, SsmStatus } from '../access/instance';
import type { Endpoints } from '../access/profile';
import { toAppError } from './awsErrors';
import type { AwsClients } from './clients';
import type { CredentialSource } from './credential';
import { withoutUnused } from './instanceAnswer';

/** Where to look, and as whom. */
export interface InstanceScope {
  readonly region: string;
  readonly credentials: CredentialSource;
  /** Of the profile. */
  readonly endpoints?: Endpoints | undefined;
  /** With it, machines that Systems Manager manages outside EC2 (`mi-…`) are listed too: it does not say whose they are. */
  readonly accountId?: string | undefined;
}

export interface InstanceList {
  readonly instances: readonly Instance[];
  /** What could not be asked. Without the Systems Manager part the instances are here, but none has `ssm`. */
  readonly problems: readonly { readonly part: 'ssm'; readonly error: AppError }[];
}

/** The most that each call gives in one page. */
const EC2_PAGE = 1000;
const SSM_PAGE = 50;

const STATES: ReadonlySet<string> = new Set<InstanceState>([
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
]);

/** EC2's instances joined with what Systems Manager knows of them. */
export class InstanceDirectory {
  readonly #clients: AwsClients;
  readonly #log: Log;

  constructor(deps: { readonly clients: AwsClients; readonly log: Log }) {
    this.#clients = deps.clients;
    this.#log = deps.log;
  }

  /** All pages. Throws `AppError` when EC2 itself cannot be asked: `access-denied`, `throttled`, `signed-out`, `network`, `cancelled`… */
  async list(scope: InstanceScope, { signal }: CallOptions = {}): Promise<InstanceList> {
    throwIfCancelled(signal);
    const giveUp = new AbortController();
    const both = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
    const managed = this.#listManaged(scope, both).then(
      found => ({ found }),
      (error: unknown) => ({ error: toAppError(error, { operation: 'DescribeInstanceInformation' }) }),
    );
    try {
      const described = await this.#describe(scope, signal);
      const answer = await managed;
      if ('found' in answer) return { instances: join(described, answer.found, scope), problems: [] };
      if (answer.error.code === 'cancelled') throw answer.error;
      this.#log.warn(`Systems Manager in ${scope.region} cannot be asked: ${answer.error.message}`);
      return { instances: join(described, [], scope), problems: [{ part: 'ssm', error: answer.error }] };
    } finally {
      // Without EC2's part there is nothing to join the rest to.
      giveUp.abort();
    }
  }

  async #describe(scope: InstanceScope, signal: AbortSignal | undefined): Promise<Instance[]> {
    const { sdk, client } = await this.#clients.ec2({ ...scope, retryMode: 'adaptive' });
    client.middlewareStack.add(
      next => async args => {
        const output = await next(args);
        const response = output.response as { body?: unknown };
        if (response.body instanceof Uint8Array) response.body = withoutUnused(response.body);
        return output;
      },
      // The client has read the answer by now.
      { step: 'deserialize', name: 'jitAccessWithoutUnused' },
    );
    const instances: Instance[] = [];
    let NextToken: string | undefined;
    do {
      const command = new sdk.DescribeInstancesCommand({
        MaxResults: EC2_PAGE,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      const page = await this.#clients.call('DescribeInstances', send => client.send(command, send), {
        signal,
      });
      for (const reservation of page.Reservations ?? []) {
        for (const one of reservation.Instances ?? []) {
          const accountId = reservation.OwnerId ?? scope.accountId;
          if (one.InstanceId !== undefined && accountId !== undefined) {
            instances.push(toInstance(one.InstanceId, accountId, scope.region, one));
          }
        }
      }
      NextToken = page.NextToken || undefined;
    } while (NextToken !== undefined);
    return instances;
  }

  async #listManaged(scope: InstanceScope, signal: AbortSignal): Promise<InstanceInformation[]> {
    const { sdk, client } = await this.#clients.ssm({ ...scope, retryMode: 'adaptive' });
    const found: InstanceInformation[] = [];
    let NextToken: string | undefined;
    do {
      const command = new sdk.DescribeInstanceInformationCommand({
        MaxResults: SSM_PAGE,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      const operation = 'DescribeInstanceInformation';
      const page = await this.#clients.call(operation, send => client.send(command, send), { signal });
      found.push(...(page.InstanceInformationList ?? []));
      NextToken = page.NextToken || undefined;
    } while (NextToken !== undefined);
    return found;
  }
}

function join(
  described: readonly Instance[],
  managed: readonly InstanceInformation[],
  { accountId, region }: InstanceScope,
): Instance[] {
  const byId = new Map(managed.map(information => [information.InstanceId, information]));
  const joined = described.map(instance => {
    const information = byId.get(instance.id);
    return information ? { ...instance, ssm: toSsmStatus(information) } : instance;
  });
  if (accountId === undefined) return joined;
  for (const information of managed) {
    if (information.InstanceId?.startsWith('mi-')) joined.push(toManagedNode(information, accountId, region));
  }
  return joined;
}

function toInstance(id: string, accountId: string, region: string, found: Ec2Instance): Instance {
  const tags: Record<string, string> = {};
  for (const { Key, Value } of found.Tags ?? []) if (Key !== undefined) tags[Key] = Value ?? '';
  const state = found.State?.Name ?? '';
  return {
    id,
    accountId,
    region,
    state: STATES.has(state) ? (state as InstanceState) : 'unknown',
    tags,
    ...(tags.Name ? { name: tags.Name } : {}),
    ...(found.PrivateIpAddress ? { privateIp: found.PrivateIpAddress } : {}),
    ...(found.PublicIpAddress ? { publicIp: found.PublicIpAddress } : {}),
    ...(found.InstanceType ? { instanceType: found.InstanceType } : {}),
    instanceProfile: found.IamInstanceProfile?.Arn?.split('/').at(-1) ?? '',
    ...(found.LaunchTime ? { launchedAt: found.LaunchTime.getTime() } : {}),
  };
}

/** A machine elsewhere has no state of EC2's; what is known is whether its agent answers. */
function toManagedNode(information: InstanceInformation, accountId: string, region: string): Instance {
  const name = information.Name ?? information.ComputerName;
  return {
    id: information.InstanceId ?? '',
    accountId,
    region,
    state: 'unknown',
    tags: {},
    ...(name ? { name } : {}),
    ...(information.IPAddress ? { privateIp: information.IPAddress } : {}),
    ssm: toSsmStatus(information),
  };
}

function toSsmStatus(information: InstanceInformation): SsmStatus {
  const { PingStatus, LastPingDateTime, AgentVersion, PlatformType, PlatformName } = information;
  return {
    pingStatus: PingStatus === 'Online' || PingStatus === 'ConnectionLost' ? PingStatus : 'Inactive',
    ...(LastPingDateTime ? { lastPingAt: LastPingDateTime.getTime() } : {}),
    ...(AgentVersion ? { agentVersion: AgentVersion } : {}),
    ...(PlatformType ? { platformType: PlatformType } : {}),
    ...(PlatformName ? { platformName: PlatformName } : {}),
  };
}
