import * as z from 'zod';
import type { Clock } from '../../base/clock';
import { AwsFault } from '../errors/awsFault';
import { issueAccessToken } from '../nodeAccess/accessToken';
import type { AccessRequest, AccessRequests } from '../nodeAccess/accessRequests';
import { judge, type ApprovalPolicies, type ManualPolicy } from '../nodeAccess/approvalPolicy';
import type { AwsCall, Operations } from '../server/operation';
import type { CredentialStore } from '../state/credentialStore';
import type { SandboxInstance } from '../world/instance';
import type { Instances } from '../world/instances';
import { readInput } from './jsonInput';
import type { SsmAuthority } from './ssmAuthority';

const startAccessRequest = z.object({
  Reason: z.string().min(1).max(256),
  Targets: z.array(z.object({ Key: z.string().min(1).max(163), Values: z.array(z.string()).max(50) })).max(5),
  Tags: z
    .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
    .max(1000)
    .optional(),
});

const getAccessToken = z.object({ AccessRequestId: z.string().regex(/^(oi)-[0-9a-f]{12}$/) });

/** AWS's limit on targets is taken for one on nodes. */
const MOST_NODES = 5;

/**
 * Just-in-time node access as the requester sees it.
 * API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAccessRequest.html
 */
export function nodeAccessOperations(deps: {
  instances: Instances;
  requests: AccessRequests;
  policies: ApprovalPolicies;
  credentials: CredentialStore;
  authority: SsmAuthority;
  clock: Clock;
}): Operations<unknown, unknown> {
  return new Map<string, (call: AwsCall<unknown>) => unknown>([
    [
      'StartAccessRequest',
      call => {
        deps.authority.requireOnService(call, 'ssm:StartAccessRequest');
        const { Reason, Targets } = readInput(startAccessRequest, call.input);
        const { accountId, region, principal } = call;
        const nodes = nodesOf(Targets, id => deps.instances.findIn(accountId, region, id));
        const policy = verdictOn(nodes, instance => judge(deps.policies, principal, instance.tags));
        const request = deps.requests.create({
          accountId,
          region,
          requester: principal,
          reason: Reason,
          instanceIds: nodes.map(node => node.id),
          policy,
        });
        return { AccessRequestId: request.id };
      },
    ],
    [
      'GetAccessToken',
      call => {
        deps.authority.requireOnService(call, 'ssm:GetAccessToken');
        const { AccessRequestId } = readInput(getAccessToken, call.input);
        const request = deps.requests.findIn(call.accountId, call.region, AccessRequestId);
        if (request === undefined) {
          throw new AwsFault(
            'ResourceNotFoundException',
            `Access request ${AccessRequestId} does not exist.`,
          );
        }
        if (request.requester.userName !== call.principal.userName) {
          throw new AwsFault(
            'AccessDeniedException',
            `Access request ${AccessRequestId} was started by someone else.`,
          );
        }
        return tokenAnswer(request);
      },
    ],
  ]);

  function tokenAnswer(request: AccessRequest): unknown {
    const standing = deps.requests.standing(request);
    if (standing !== 'Approved') {
      // AWS's statuses have none for a request that was taken back.
      return { AccessRequestStatus: standing === 'Cancelled' ? 'Rejected' : standing };
    }
    const issued = issueAccessToken(request, deps.credentials, deps.clock.now());
    return {
      AccessRequestStatus: standing,
      Credentials: {
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        SessionToken: issued.sessionToken,
        ExpirationTime: issued.expiresAt / 1000,
      },
    };
  }
}

function nodesOf(
  targets: z.infer<typeof startAccessRequest>['Targets'],
  find: (id: string) => SandboxInstance | undefined,
): readonly SandboxInstance[] {
  const unknownKey = targets.find(({ Key }) => Key !== 'InstanceIds')?.Key;
  if (unknownKey !== undefined) throw invalid(`Unsupported target key: ${unknownKey}`);
  const ids = [...new Set(targets.flatMap(({ Values }) => Values))];
  if (ids.length === 0 || ids.length > MOST_NODES) {
    throw invalid(`Between 1 and ${MOST_NODES} managed nodes must be specified.`);
  }
  return ids.map(id => {
    const node = find(id);
    if (node?.ssm === undefined || node.state === 'terminated') {
      throw new AwsFault('ResourceNotFoundException', `Managed node ${id} does not exist.`);
    }
    return node;
  });
}

/** The one policy that decides about all nodes; `undefined` when all are approved by policy. */
function verdictOn(
  nodes: readonly SandboxInstance[],
  judgeNode: (instance: SandboxInstance) => ReturnType<typeof judge>,
): ManualPolicy | undefined {
  const manual = new Map<string, ManualPolicy>();
  for (const node of nodes) {
    const verdict = judgeNode(node);
    if (verdict.kind === 'none') throw invalid(`No approval policy applies to managed node ${node.id}.`);
    if (verdict.kind === 'conflict') {
      const names = verdict.policies.map(policy => policy.name).join(', ');
      throw invalid(`Multiple approval policies apply to managed node ${node.id}: ${names}.`);
    }
    if (verdict.kind === 'manual') manual.set(verdict.policy.name, verdict.policy);
  }
  if (manual.size > 1) {
    throw invalid(`The managed nodes need different approvals: ${[...manual.keys()].join(', ')}.`);
  }
  return [...manual.values()][0];
}

function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', message);
}
