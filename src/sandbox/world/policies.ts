export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** What every Session Manager user needs beside StartSession, as the article gives it. */
const SESSION_USER: readonly PolicyStatement[] = [
  {
    Action: [
      'ssm:GetConnectionStatus',
      'ssm:DescribeSessions',
      'ssm:DescribeInstanceProperties',
      'ssm:DescribeInstanceInformation',
      'ec2:DescribeInstances',
    ],
    Effect: 'Allow',
    Resource: '*',
  },
  {
    Action: ['ssm:TerminateSession', 'ssm:ResumeSession'],
    Condition: {
      StringLike: { 'ssm:resourceTag/aws:ssmmessages:session-id': ['${aws:userid}'] },
    },
    Effect: 'Allow',
    Resource: '*',
  },
];

/** Not in the article: what AWS asks of clients that sign the web-socket upgrade. */
const OPEN_DATA_CHANNEL: PolicyStatement = {
  Sid: 'OpenDataChannel',
  Action: 'ssmmessages:OpenDataChannel',
  Effect: 'Allow',
  Resource: '*',
};

/** Not in the article: what a client needs where the account encrypts sessions. */
const SESSION_KEYS: PolicyStatement = {
  Sid: 'SessionKeys',
  Action: 'kms:GenerateDataKey',
  Effect: 'Allow',
  Resource: '*',
};

/** The customer-managed policy `/sym/frontend_ssh` of the article, for any department. */
export function departmentSshPolicy(department: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Action: ['ssm:StartSession', 'ssm:SendCommand'],
        Condition: { StringLike: { 'ssm:resourceTag/Department': department } },
        Effect: 'Allow',
        Resource: '*',
      },
      ...SESSION_USER,
      OPEN_DATA_CHANNEL,
      SESSION_KEYS,
    ],
  };
}

/**
 * The article's narrower policy: every instance of the department, but one session document only. The default shell stays
 * allowed, because AWS does not check the default document unless a policy asks for it.
 */
export function departmentForwardPolicy(department: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Action: ['ssm:StartSession', 'ssm:SendCommand'],
        Condition: { StringLike: { 'ssm:resourceTag/Department': department } },
        Effect: 'Allow',
        Resource: [
          'arn:aws:ec2:*:*:instance/*',
          'arn:aws:ssm:*:*:document/AWS-StartPortForwardingSessionToRemoteHost',
        ],
      },
      ...SESSION_USER,
      OPEN_DATA_CHANNEL,
    ],
  };
}

/** A standing role that sees everything and touches nothing. */
export const VIEW_ONLY_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'ec2:DescribeInstances',
        'ec2:DescribeRegions',
        'ssm:DescribeInstanceInformation',
        'ssm:DescribeInstanceProperties',
        'ssm:DescribeSessions',
        'ssm:GetConnectionStatus',
      ],
      Resource: '*',
    },
  ],
};

/** The key policy KMS gives a new key: the account decides by its identity policies. */
export function defaultKeyPolicy(accountId: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  } as const;
}
