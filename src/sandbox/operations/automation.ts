import * as z from 'zod';
import { AwsFault } from '../errors/awsFault';
import type { AccessRequest, AccessRequests } from '../nodeAccess/accessRequests';
import type { AwsCall, Operations } from '../server/operation';
import { readInput } from './jsonInput';
import type { SsmAuthority } from './ssmAuthority';

const executionId = z.string().length(36);

const sendSignal = z.object({
  AutomationExecutionId: executionId,
  SignalType: z.enum(['Approve', 'Reject', 'StartStep', 'StopStep', 'Resume', 'Revoke']),
  Payload: z.record(z.string().min(1).max(50), z.array(z.string().max(512)).max(50)).optional(),
});

const stopExecution = z.object({
  AutomationExecutionId: executionId,
  Type: z.enum(['Cancel', 'Complete']).optional(),
});

/**
 * The automations that collect approvals, which are the only ones in this world.
 * API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendAutomationSignal.html
 */
export function automationOperations(deps: {
  requests: AccessRequests;
  authority: SsmAuthority;
}): Operations<unknown, unknown> {
  return new Map<string, (call: AwsCall<unknown>) => unknown>([
    [
      'SendAutomationSignal',
      call => {
        const { AutomationExecutionId, SignalType, Payload } = readInput(sendSignal, call.input);
        const request = authorized(call, 'ssm:SendAutomationSignal', AutomationExecutionId);
        signal(call, request, SignalType, Payload?.Comment?.[0]);
        return {};
      },
    ],
    [
      'StopAutomationExecution',
      call => {
        const { AutomationExecutionId } = readInput(stopExecution, call.input);
        const request = authorized(call, 'ssm:StopAutomationExecution', AutomationExecutionId);
        const standing = deps.requests.standing(request);
        if (standing !== 'Pending') {
          throw new AwsFault(
            'InvalidAutomationStatusUpdateException',
            `The automation of a request that is ${standing} cannot be stopped.`,
          );
        }
        deps.requests.settle(request, 'Cancelled', call.principal);
        return {};
      },
    ],
  ]);

  /** Throws `AccessDeniedException`, then `AutomationExecutionNotFoundException`: what is not allowed is not told about either. */
  function authorized(call: AwsCall<unknown>, action: string, id: string): AccessRequest {
    const { accountId, region } = call;
    const request = deps.requests.findByExecution(accountId, region, id);
    deps.authority.require(
      call,
      action,
      `arn:aws:ssm:${region}:${accountId}:automation-execution/${id}`,
      request === undefined ? {} : { 'aws:ResourceTag/SystemsManagerJustInTimeNodeAccessManaged': 'true' },
    );
    if (request === undefined) {
      throw new AwsFault('AutomationExecutionNotFoundException', `Automation execution ${id} not found.`);
    }
    return request;
  }

  function signal(
    call: AwsCall<unknown>,
    request: AccessRequest,
    type: z.infer<typeof sendSignal>['SignalType'],
    comment: string | undefined,
  ): void {
    const standing = deps.requests.standing(request);
    const { principal } = call;
    const isOwn = request.requester.userName === principal.userName;
    switch (type) {
      case 'Approve':
      case 'Reject':
        if (standing !== 'Pending') throw unfit(type, `access request ${request.id} is ${standing}`);
        // AWS does not document this; approvers who approve themselves would make the approval worthless.
        if (isOwn) throw refused('You cannot decide about an access request of your own.');
        requireApprover(call, request);
        if (type === 'Approve') deps.requests.approve(request, principal, comment);
        else deps.requests.settle(request, 'Rejected', principal, comment);
        return;
      case 'Revoke':
        if (standing !== 'Approved') throw unfit(type, `access request ${request.id} is ${standing}`);
        if (!isOwn && !isApproverOfAnyLevel(request, principal.permissionSet)) {
          throw refused(`You are not an approver of access request ${request.id}.`);
        }
        deps.requests.settle(request, 'Revoked', principal, comment);
        return;
      default:
        throw unfit(type, 'it waits for approvals');
    }
  }

  function requireApprover({ principal }: AwsCall<unknown>, request: AccessRequest): void {
    const at = deps.requests.openLevel(request) ?? 0;
    const level = request.manual?.policy.levels[at];
    if (!level?.approverRoles.includes(principal.permissionSet)) {
      throw refused(`You are not an approver of access request ${request.id}.`);
    }
    if (request.approvals.some(({ by, level: on }) => on === at && by.userName === principal.userName)) {
      throw unfit('Approve', 'you have approved it already');
    }
  }
}

function isApproverOfAnyLevel(request: AccessRequest, permissionSet: string): boolean {
  return request.manual?.policy.levels.some(level => level.approverRoles.includes(permissionSet)) ?? false;
}

function refused(message: string): AwsFault {
  return new AwsFault('AccessDeniedException', message);
}

function unfit(type: string, why: string): AwsFault {
  return new AwsFault(
    'InvalidAutomationSignalException',
    `The signal ${type} is not valid for the current Automation execution: ${why}.`,
  );
}
