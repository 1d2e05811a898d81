import type { ApprovalPolicies } from '../nodeAccess/approvalPolicy';
import type { PolicyDocument, PolicyStatement } from './policies';

const HOUR_MS = 3_600_000;

/** The permission sets of this world that ask and that approve. */
export const REQUESTER_SET = 'NodeAccessRequester';
export const APPROVER_SET = 'NodeAccessApprover';

const MANAGED = { StringEquals: { 'aws:ResourceTag/SystemsManagerJustInTimeNodeAccessManaged': 'true' } };

const READ_REQUESTS: readonly PolicyStatement[] = [
  {
    Sid: 'AllowGetSpecificAccessRequest',
    Effect: 'Allow',
    Action: 'ssm:GetOpsItem',
    Resource: 'arn:aws:ssm:*:*:opsitem/*',
  },
  {
    Sid: 'AllowAccessRequestDescriptions',
    Effect: 'Allow',
    Action: ['ssm:DescribeOpsItems', 'ssm:DescribeSessions'],
    Resource: '*',
  },
];

/**
 * What AWS's guide gives a requester, as far as the sandbox has the actions
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-just-in-time-node-access-setting-up.html).
 */
export const REQUESTER_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'AllowJITNAOperations',
      Effect: 'Allow',
      Action: ['ssm:StartAccessRequest', 'ssm:GetAccessToken'],
      Resource: '*',
    },
    ...READ_REQUESTS,
    {
      Sid: 'CancelAccessRequestManualApproval',
      Effect: 'Allow',
      Action: 'ssm:StopAutomationExecution',
      Resource: 'arn:aws:ssm:*:*:automation-execution/*',
      Condition: MANAGED,
    },
    {
      // Not in AWS's guide: lets requesters revoke what was approved for them, which is how they give it back.
      Sid: 'GiveBackOwnAccess',
      Effect: 'Allow',
      Action: 'ssm:SendAutomationSignal',
      Resource: 'arn:aws:ssm:*:*:automation-execution/*',
      Condition: MANAGED,
    },
    {
      Sid: 'AllowListManagedNodes',
      Effect: 'Allow',
      Action: [
        'ec2:DescribeInstances',
        'ssm:DescribeInstanceInformation',
        'ssm:DescribeInstanceProperties',
        'ssm:GetConnectionStatus',
      ],
      Resource: '*',
    },
  ],
};

/** What AWS's guide gives an approver. */
export const APPROVER_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    ...READ_REQUESTS,
    {
      Sid: 'AllowApprovalRejectionSignal',
      Effect: 'Allow',
      Action: 'ssm:SendAutomationSignal',
      Resource: 'arn:aws:ssm:*:*:automation-execution/*',
      Condition: MANAGED,
    },
  ],
};

/** One approval by any approver. */
const ONE_APPROVAL = [{ approverRoles: [APPROVER_SET], approvals: 1 }] as const;

/** Production is never approved automatically; elsewhere front-end machines are, and the rest of the company's nodes need a colleague. */
export const APPROVAL_POLICIES: ApprovalPolicies = {
  denyAuto: [{ tags: { Environment: 'production' } }],
  auto: [{ tags: { Department: 'FrontEnd' } }],
  manual: [
    { name: 'all-nodes', tags: {}, accessMs: HOUR_MS, levels: ONE_APPROVAL },
    { name: 'backend-nodes', tags: { Department: 'BackEnd' }, accessMs: 2 * HOUR_MS, levels: ONE_APPROVAL },
  ],
};
