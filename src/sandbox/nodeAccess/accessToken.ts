import { roleId } from '../state/assignments';
import type { CredentialStore, IssuedCredential } from '../state/credentialStore';
import type { Principal } from '../state/principal';
import type { PolicyDocument } from '../world/policies';
import type { AccessRequest } from './accessRequests';

/** The role that AWS's set-up creates in every account for access tokens. */
export const TOKEN_ROLE = 'SSM-JustInTimeAccessTokenRole';
/** A token's role is assumed by a role, which IAM limits to an hour. */
const LONGEST_TOKEN_MS = 3_600_000;

/** Issues the credentials of an approved request: good for its instances, and never longer than its access. */
export function issueAccessToken(
  request: AccessRequest,
  credentials: CredentialStore,
  now: number,
): IssuedCredential {
  const left = (request.accessEndsAt ?? now) - now;
  return credentials.issue(tokenPrincipal(request), Math.min(LONGEST_TOKEN_MS, left));
}

function tokenPrincipal(request: AccessRequest): Principal {
  const { accountId, requester } = request;
  return {
    accountId,
    permissionSet: TOKEN_ROLE,
    userName: requester.userName,
    arn: `arn:aws:sts::${accountId}:assumed-role/${TOKEN_ROLE}/${requester.userName}`,
    roleArn: `arn:aws:iam::${accountId}:role/${TOKEN_ROLE}`,
    userId: `${roleId(accountId, TOKEN_ROLE)}:${requester.userName}`,
    policies: [tokenPolicy(request)],
  };
}

/**
 * AWSSystemsManagerJustInTimeAccessTokenPolicy, narrowed to the requested instances as the token's session policy narrows it. Of documents
 * it names only the shell's: port forwarding is allowed to Fleet Manager's own calls alone, so not to a token in a client's hands.
 */
function tokenPolicy({ accountId, region, instanceIds }: AccessRequest): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SsmStartSession',
        Effect: 'Allow',
        Action: 'ssm:StartSession',
        Resource: [
          ...instanceIds.map(id => nodeArn({ accountId, region, id })),
          'arn:aws:ssm:*:*:document/SSM-SessionManagerRunShell',
        ],
      },
      {
        Sid: 'TerminateAndResumeSession',
        Effect: 'Allow',
        Action: ['ssm:TerminateSession', 'ssm:ResumeSession'],
        Resource: 'arn:aws:ssm:*:*:session/*',
        Condition: { StringLike: { 'ssm:resourceTag/aws:ssmmessages:session-id': ['${aws:userid}'] } },
      },
      {
        Sid: 'OpenDataChannel',
        Effect: 'Allow',
        Action: 'ssmmessages:OpenDataChannel',
        Resource: 'arn:aws:ssm:*:*:session/*',
      },
      {
        Sid: 'SessionManagerKmsPermission',
        Effect: 'Allow',
        Action: 'kms:GenerateDataKey',
        Resource: 'arn:aws:kms:*:*:key/*',
      },
    ],
  };
}

/** The ARN that policies know a node by: instances belong to EC2, hybrid nodes to Systems Manager. */
export function nodeArn(node: { accountId: string; region: string; id: string }): string {
  const { accountId, region, id } = node;
  return id.startsWith('mi-')
    ? `arn:aws:ssm:${region}:${accountId}:managed-instance/${id}`
    : `arn:aws:ec2:${region}:${accountId}:instance/${id}`;
}
