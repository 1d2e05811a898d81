import * as z from 'zod';
import { AwsFault } from '../errors/awsFault';
import { nodeArn } from '../nodeAccess/accessToken';
import type { AccessRequest, AccessRequests, Standing } from '../nodeAccess/accessRequests';
import { pageOf, type AwsCall, type Operations } from '../server/operation';
import { readInput } from './jsonInput';
import type { SsmAuthority } from './ssmAuthority';

const opsItemFilter = z.object({
  Key: z.string().min(1),
  Values: z.array(z.string()).min(1),
  Operator: z.enum(['Equal', 'Contains', 'GreaterThan', 'LessThan']),
});

const describeOpsItems = z.object({
  OpsItemFilters: z.array(opsItemFilter).optional(),
  MaxResults: z.int().min(1).max(50).optional(),
  NextToken: z.string().optional(),
});

const getOpsItem = z.object({
  OpsItemId: z.string().regex(/^(oi)-[0-9a-f]{12}$/),
  OpsItemArn: z.string().optional(),
});

type Filter = z.infer<typeof opsItemFilter>;

/** OpsItems' own words for where a request stands. AWS names the words, but not which of them access requests use. */
const STATUS: Readonly<Record<Standing, string>> = {
  Pending: 'PendingApproval',
  Approved: 'Approved',
  Rejected: 'Rejected',
  Revoked: 'Revoked',
  Cancelled: 'Cancelled',
  Expired: 'TimedOut',
};

const TYPE = '/aws/accessrequest';
const DEFAULT_PAGE = 50;

/**
 * OpsCenter, as far as access requests are kept there; there are no other OpsItems in this world.
 * API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeOpsItems.html
 */
export function opsItemOperations(deps: {
  requests: AccessRequests;
  authority: SsmAuthority;
}): Operations<unknown, unknown> {
  const statusOf = (request: AccessRequest) => STATUS[deps.requests.standing(request)];

  return new Map<string, (call: AwsCall<unknown>) => unknown>([
    [
      'DescribeOpsItems',
      call => {
        deps.authority.requireOnService(call, 'ssm:DescribeOpsItems');
        const input = readInput(describeOpsItems, call.input);
        const filters = input.OpsItemFilters ?? [];
        const matching = deps.requests
          .list(call.accountId, call.region)
          .filter(request => filters.every(filter => meets(request, statusOf(request), filter)));
        const page = pageOf(matching, input.MaxResults ?? DEFAULT_PAGE, input.NextToken);
        if (page === undefined)
          throw new AwsFault('ValidationException', 'The specified token is not valid.');
        return {
          OpsItemSummaries: page.items.map(request => summary(request, statusOf(request))),
          NextToken: page.nextToken,
        };
      },
    ],
    [
      'GetOpsItem',
      call => {
        const { OpsItemId } = readInput(getOpsItem, call.input);
        const { accountId, region } = call;
        const arn = `arn:aws:ssm:${region}:${accountId}:opsitem/${OpsItemId}`;
        deps.authority.require(call, 'ssm:GetOpsItem', arn);
        const request = deps.requests.findIn(accountId, region, OpsItemId);
        if (request === undefined) {
          throw new AwsFault('OpsItemNotFoundException', `OpsItem ${OpsItemId} does not exist.`);
        }
        const item = summary(request, statusOf(request));
        return { OpsItem: { ...item, Description: request.reason, Version: '1', OpsItemArn: arn } };
      },
    ],
  ]);
}

function summary(request: AccessRequest, status: string) {
  return {
    OpsItemId: request.id,
    OpsItemType: TYPE,
    Status: status,
    Title: `Access request for ${request.instanceIds.join(', ')}`,
    Source: 'Systems Manager',
    CreatedBy: request.requester.arn,
    CreatedTime: request.createdAt / 1000,
    LastModifiedBy: request.changedBy,
    LastModifiedTime: request.changedAt / 1000,
    OperationalData: operationalData(request),
  };
}

/** Of `/aws/accessrequest` AWS documents `automationExecutionId` alone; its other members are after the names of the filters. */
function operationalData(request: AccessRequest): Record<string, { Type: string; Value: string }> {
  const { manual, requester, accountId, region, instanceIds } = request;
  const facts = {
    ...(manual === undefined ? {} : { automationExecutionId: manual.executionId }),
    requesterArn: requester.arn,
    requesterId: requester.userId,
    sourceAccountId: accountId,
    sourceRegion: region,
    ...(request.comment === undefined ? {} : { comment: request.comment }),
  };
  const resources = instanceIds.map(id => ({ arn: nodeArn({ accountId, region, id }) }));
  return {
    [TYPE]: { Type: 'SearchableString', Value: JSON.stringify(facts) },
    '/aws/resources': { Type: 'SearchableString', Value: JSON.stringify(resources) },
  };
}

function meets(request: AccessRequest, status: string, filter: Filter): boolean {
  switch (filter.Key) {
    case 'OpsItemType':
      return compare([TYPE], filter);
    case 'Status':
      return compare([status], filter);
    case 'OpsItemId':
      return compare([request.id], filter);
    case 'CreatedBy':
    case 'AccessRequestByRequesterArn':
      return compare([request.requester.arn], filter);
    case 'AccessRequestByRequesterId':
      return compare([request.requester.userId], filter);
    case 'AccessRequestByTargetResourceId':
      return compare(request.instanceIds, filter);
    case 'AutomationId':
      return compare(request.manual === undefined ? [] : [request.manual.executionId], filter);
    case 'CreatedTime':
      return compareTime(request.createdAt, filter);
    case 'LastModifiedTime':
      return compareTime(request.changedAt, filter);
    default:
      // Ignoring it would answer with items that were not asked for.
      throw new AwsFault('ValidationException', `Unsupported OpsItem filter key: ${filter.Key}`);
  }
}

function compare(actual: readonly string[], { Key, Values, Operator }: Filter): boolean {
  switch (Operator) {
    case 'Equal':
      return actual.some(value => Values.includes(value));
    case 'Contains':
      return actual.some(value => Values.some(part => value.includes(part)));
    default:
      throw unfitOperator(Key, Operator);
  }
}

function compareTime(at: number, { Key, Values, Operator }: Filter): boolean {
  const times = Values.map(value => Date.parse(value));
  if (times.some(Number.isNaN))
    throw new AwsFault('ValidationException', `${Key} must be compared with a time.`);
  switch (Operator) {
    case 'GreaterThan':
      return times.some(time => at > time);
    case 'LessThan':
      return times.some(time => at < time);
    default:
      throw unfitOperator(Key, Operator);
  }
}

function unfitOperator(key: string, operator: string): AwsFault {
  return new AwsFault('ValidationException', `Operator ${operator} is not valid for filter key ${key}.`);
}
