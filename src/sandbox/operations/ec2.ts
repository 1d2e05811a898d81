import { AwsFault } from '../errors/awsFault';
import { deniedSentence, type AccessEvaluator } from '../auth/accessEvaluator';
import { pageOf, wildcard, type AwsCall, type Operations } from '../server/operation';
import { isOutsideEc2, privateDnsName, type SandboxInstance } from '../world/instance';
import type { Instances } from '../world/instances';
import { REGIONS } from '../world/organization';
import { reservationXml, STATE_CODES } from './instanceXml';
import type { XmlValue } from './xml';

const LARGEST_PAGE = 1000;
const SMALLEST_PAGE = 5;

/** Filters of DescribeInstances: what each compares against. `tag:*` and `tag-key` are handled beside these. */
const INSTANCE_FILTERS: ReadonlyMap<string, (instance: SandboxInstance) => string | undefined> = new Map([
  ['availability-zone', ({ availabilityZone }) => availabilityZone],
  ['image-id', ({ imageId }) => imageId],
  ['instance-id', ({ id }) => id],
  ['instance-state-code', ({ state }) => String(STATE_CODES[state])],
  ['instance-state-name', ({ state }) => state],
  ['instance-type', ({ instanceType }) => instanceType],
  ['ip-address', ({ publicIp }) => publicIp],
  ['private-dns-name', privateDnsName],
  ['private-ip-address', ({ privateIp }) => privateIp],
  ['subnet-id', ({ subnetId }) => subnetId],
  ['vpc-id', ({ vpcId }) => vpcId],
]);

interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * DescribeInstances and DescribeRegions in EC2's Query protocol.
 * API: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
 */
export function ec2Operations(deps: {
  instances: Instances;
  evaluator: AccessEvaluator;
}): Operations<URLSearchParams, XmlValue> {
  const authorize = (call: AwsCall<URLSearchParams>, action: string) => {
    const decision = deps.evaluator.evaluate(call.principal, action, '*');
    if (decision === 'allowed') return;
    const sentence = deniedSentence(call.principal, action, undefined, decision);
    throw new AwsFault(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${sentence}`,
      { status: 403 },
    );
  };
  return new Map([
    [
      'DescribeInstances',
      (call: AwsCall<URLSearchParams>): XmlValue => {
        authorize(call, 'ec2:DescribeInstances');
        return describeInstances(call, deps.instances);
      },
    ],
    [
      'DescribeRegions',
      (call: AwsCall<URLSearchParams>): XmlValue => {
        authorize(call, 'ec2:DescribeRegions');
        return describeRegions(call.input);
      },
    ],
  ]);
}

function describeInstances(
  { input, accountId, region }: AwsCall<URLSearchParams>,
  instances: Instances,
): XmlValue {
  const ids = listOf(input, 'InstanceId');
  const filters = filtersOf(input);
  const maxResults = pageSizeOf(input);
  if (ids.length > 0 && maxResults !== undefined) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const candidates =
    ids.length === 0
      ? instances.list(accountId, region).filter(instance => !isOutsideEc2(instance))
      : ids.map(id => {
          if (!/^i-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)) {
            throw new AwsFault('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
          }
          const instance = instances.findIn(accountId, region, id);
          if (instance === undefined) {
            throw new AwsFault('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
          }
          return instance;
        });
  const tests = filters.map(testOf);
  const matching = candidates.filter(instance => tests.every(test => test(instance)));
  const page = pageOf(matching, maxResults ?? LARGEST_PAGE, input.get('NextToken') ?? undefined);
  if (page === undefined) {
    throw new AwsFault(
      'InvalidPaginationToken',
      'The specified pagination token is not valid or is expired.',
    );
  }
  return {
    reservationSet: { item: page.items.map(reservationXml) },
    nextToken: page.nextToken,
  };
}

function testOf({ name, values }: Filter): (instance: SandboxInstance) => boolean {
  const patterns = values.map(wildcard);
  const matches = (value: string | undefined) =>
    value !== undefined && patterns.some(pattern => pattern.test(value));
  if (name === 'tag-key') return instance => Object.keys(instance.tags).some(matches);
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return instance => matches(instance.tags[key]);
  }
  const read = INSTANCE_FILTERS.get(name);
  if (read === undefined) throw new AwsFault('InvalidParameterValue', `The filter '${name}' is invalid`);
  return instance => matches(read(instance));
}

function describeRegions(input: URLSearchParams): XmlValue {
  const named = listOf(input, 'RegionName');
  const unknown = named.filter(name => !REGIONS.includes(name));
  if (unknown.length > 0) {
    throw new AwsFault('InvalidParameterValue', `Invalid region name: ${unknown.join(', ')}`);
  }
  const tests = filtersOf(input).map(({ name, values }) => {
    const patterns = values.map(wildcard);
    const read = REGION_FILTERS.get(name);
    if (read === undefined) throw new AwsFault('InvalidParameterValue', `The filter '${name}' is invalid`);
    return (region: string) => patterns.some(pattern => pattern.test(read(region)));
  });
  const regions = REGIONS.filter(name => named.length === 0 || named.includes(name)).filter(name =>
    tests.every(test => test(name)),
  );
  return {
    regionInfo: {
      item: regions.map(name => ({
        regionName: name,
        regionEndpoint: `ec2.${name}.amazonaws.com`,
        optInStatus: 'opt-in-not-required',
      })),
    },
  };
}

const REGION_FILTERS: ReadonlyMap<string, (region: string) => string> = new Map([
  ['endpoint', (region: string) => `ec2.${region}.amazonaws.com`],
  ['opt-in-status', () => 'opt-in-not-required'],
  ['region-name', (region: string) => region],
]);

/** `Name.1`, `Name.2`, … */
function listOf(input: URLSearchParams, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; ; index++) {
    const value = input.get(`${name}.${index}`);
    if (value === null) return values;
    values.push(value);
  }
}

function filtersOf(input: URLSearchParams): readonly Filter[] {
  const filters: Filter[] = [];
  for (let index = 1; ; index++) {
    const name = input.get(`Filter.${index}.Name`);
    if (name === null) return filters;
    filters.push({ name, values: listOf(input, `Filter.${index}.Value`) });
  }
}

function pageSizeOf(input: URLSearchParams): number | undefined {
  const asked = input.get('MaxResults');
  if (asked === null) return undefined;
  const size = Number(asked);
  if (!Number.isInteger(size) || size < SMALLEST_PAGE || size > LARGEST_PAGE) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value between ${SMALLEST_PAGE} and ${LARGEST_PAGE}.`,
    );
  }
  return size;
}
