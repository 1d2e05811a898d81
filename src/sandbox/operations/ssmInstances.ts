import * as z from 'zod';
import { AwsFault } from '../errors/awsFault';
import { pageOf, type AwsCall, type Operations } from '../server/operation';
import {
  instanceArn,
  isConnected,
  isOutsideEc2,
  privateDnsName,
  type SandboxInstance,
} from '../world/instance';
import type { Instances } from '../world/instances';
import type { SsmAuthority } from './ssmAuthority';
import { readInput } from './jsonInput';

const filter = z.object({ Key: z.string().min(1), Values: z.array(z.string()).min(1).max(40) });
const legacyFilter = z.object({ key: z.string().min(1), valueSet: z.array(z.string()).min(1).max(40) });

const describeInformation = z.object({
  Filters: z.array(filter).max(20).optional(),
  InstanceInformationFilterList: z.array(legacyFilter).optional(),
  MaxResults: z.int().min(5).max(50).optional(),
  NextToken: z.string().optional(),
});

const describeProperties = z.object({
  FiltersWithOperator: z.array(filter.extend({ Operator: z.string().optional() })).optional(),
  InstancePropertyFilterList: z.array(legacyFilter).optional(),
  MaxResults: z.int().min(5).max(1000).optional(),
  NextToken: z.string().optional(),
});

const connectionStatus = z.object({ Target: z.string().min(1).max(400) });

/** The API's own default for DescribeInstanceInformation; for properties AWS names none. */
const DEFAULT_PAGE = 10;
const LATEST_AGENT = '3.3.1142.0';

interface Test {
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * What Systems Manager says of managed nodes.
 * API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstanceInformation.html
 */
export function ssmInstanceOperations(deps: {
  instances: Instances;
  authority: SsmAuthority;
}): Operations<unknown, unknown> {
  const managed = ({ accountId, region }: AwsCall<unknown>) =>
    deps.instances
      .list(accountId, region)
      .filter(instance => instance.ssm !== undefined && instance.state !== 'terminated');

  return new Map<string, (call: AwsCall<unknown>) => unknown>([
    [
      'DescribeInstanceInformation',
      call => {
        deps.authority.requireOnService(call, 'ssm:DescribeInstanceInformation');
        const input = readInput(describeInformation, call.input);
        if (input.Filters !== undefined && input.InstanceInformationFilterList !== undefined) {
          throw new AwsFault(
            'InvalidFilterKey',
            'Filters and InstanceInformationFilterList cannot be combined',
          );
        }
        const tests = testsOf(input.Filters, input.InstanceInformationFilterList);
        const matching = managed(call).filter(instance => tests.every(test => meets(instance, test)));
        const page = pageOf(matching, input.MaxResults ?? DEFAULT_PAGE, input.NextToken);
        if (page === undefined) throw invalidToken();
        return { InstanceInformationList: page.items.map(information), NextToken: page.nextToken };
      },
    ],
    [
      'DescribeInstanceProperties',
      call => {
        deps.authority.requireOnService(call, 'ssm:DescribeInstanceProperties');
        const input = readInput(describeProperties, call.input);
        const tests = testsOf(input.FiltersWithOperator, input.InstancePropertyFilterList);
        const matching = managed(call).filter(instance => tests.every(test => meets(instance, test)));
        const page = pageOf(matching, input.MaxResults ?? DEFAULT_PAGE, input.NextToken);
        if (page === undefined) throw invalidToken();
        return { InstanceProperties: page.items.map(properties), NextToken: page.nextToken };
      },
    ],
    [
      'GetConnectionStatus',
      call => {
        const { Target } = readInput(connectionStatus, call.input);
        const instance = deps.instances.findIn(call.accountId, call.region, Target);
        const arn =
          instance === undefined
            ? `arn:aws:ec2:${call.region}:${call.accountId}:instance/${Target}`
            : instanceArn(instance);
        deps.authority.require(call, 'ssm:GetConnectionStatus', arn);
        const connected = instance !== undefined && isConnected(instance);
        return { Target, Status: connected ? 'connected' : 'notconnected' };
      },
    ],
  ]);
}

function testsOf(
  filters: readonly z.infer<typeof filter>[] = [],
  legacy: readonly z.infer<typeof legacyFilter>[] = [],
): readonly Test[] {
  return [
    ...filters.map(({ Key, Values }) => ({ key: Key, values: Values })),
    ...legacy.map(({ key, valueSet }) => ({ key, values: valueSet })),
  ];
}

function meets(instance: SandboxInstance, { key, values }: Test): boolean {
  if (key.startsWith('tag:')) return values.includes(instance.tags[key.slice('tag:'.length)] ?? '');
  switch (key) {
    case 'tag-key':
      return values.some(name => name in instance.tags);
    case 'InstanceIds':
      return values.includes(instance.id);
    case 'PingStatus':
      return values.includes(instance.ssm?.pingStatus ?? '');
    case 'PlatformTypes':
      return values.includes(instance.ssm?.platformType ?? '');
    case 'AgentVersion':
      return values.includes(instance.ssm?.agentVersion ?? '');
    case 'ResourceType':
      return values.includes(resourceType(instance));
    default:
      throw new AwsFault('InvalidFilterKey', `The filter key ${key} is not valid.`);
  }
}

function information(instance: SandboxInstance): unknown {
  const { ssm } = instance;
  return {
    InstanceId: instance.id,
    PingStatus: ssm?.pingStatus,
    LastPingDateTime: (ssm?.lastPingAt ?? 0) / 1000,
    AgentVersion: ssm?.agentVersion,
    IsLatestVersion: ssm?.agentVersion === LATEST_AGENT,
    PlatformType: ssm?.platformType,
    PlatformName: ssm?.platformName,
    PlatformVersion: ssm?.platformVersion,
    ...(isOutsideEc2(instance) ? { Name: instance.tags['Name'] } : {}),
    IPAddress: instance.privateIp,
    ComputerName: privateDnsName(instance),
    ...resource(instance),
  };
}

function resource(instance: SandboxInstance) {
  return {
    ResourceType: resourceType(instance),
    SourceId: instance.id,
    SourceType: isOutsideEc2(instance) ? 'AWS::SSM::ManagedInstance' : 'AWS::EC2::Instance',
  };
}

function resourceType(instance: SandboxInstance): 'EC2Instance' | 'ManagedInstance' {
  return isOutsideEc2(instance) ? 'ManagedInstance' : 'EC2Instance';
}

function properties(instance: SandboxInstance): unknown {
  const { ssm } = instance;
  return {
    Name: instance.tags['Name'] ?? '',
    InstanceId: instance.id,
    InstanceType: instance.instanceType,
    InstanceState: instance.state,
    Architecture: instance.instanceType.startsWith('c7g') ? 'arm64' : 'x86_64',
    IPAddress: instance.publicIp ?? '',
    LaunchTime: instance.launchedAt / 1000,
    PingStatus: ssm?.pingStatus,
    LastPingDateTime: (ssm?.lastPingAt ?? 0) / 1000,
    AgentVersion: ssm?.agentVersion,
    PlatformType: ssm?.platformType,
    PlatformName: ssm?.platformName,
    PlatformVersion: ssm?.platformVersion,
    ComputerName: privateDnsName(instance),
    ...resource(instance),
  };
}

function invalidToken(): AwsFault {
  return new AwsFault('InvalidNextToken', 'The specified token is not valid.');
}
