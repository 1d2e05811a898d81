import { describe, expect, it } from 'vitest';
import { parseAccessDenied } from '../../../src/aws/accessDenied';

const PRINCIPAL =
  'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_FrontEndSSHAccess_0123456789abcdef/sam@myco.example';
const INSTANCE = 'arn:aws:ec2:us-east-1:123456789012:instance/i-05b7516a19f826be9';

describe("AWS's sentence", () => {
  it.each([
    [
      'of Session Manager',
      `User: ${PRINCIPAL} is not authorized to perform: ssm:StartSession on resource: ${INSTANCE} because no identity-based policy allows the ssm:StartSession action`,
      {
        principal: PRINCIPAL,
        action: 'ssm:StartSession',
        resource: INSTANCE,
        reason: 'no identity-based policy allows the ssm:StartSession action',
      },
    ],
    [
      'naming a policy',
      `User: ${PRINCIPAL} is not authorized to perform: ssm:StartSession on resource: ${INSTANCE} with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1`,
      {
        principal: PRINCIPAL,
        action: 'ssm:StartSession',
        resource: INSTANCE,
        reason:
          'with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1',
      },
    ],
    [
      'of EC2, with its blob',
      `You are not authorized to perform this operation. User: ${PRINCIPAL} is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action. Encoded authorization failure message: AbC-123`,
      {
        principal: PRINCIPAL,
        action: 'ec2:DescribeInstances',
        reason: 'no identity-based policy allows the ec2:DescribeInstances action',
      },
    ],
    [
      'without a reason, and wrapped',
      `User: ${PRINCIPAL} is not authorized\n  to perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/R`,
      { principal: PRINCIPAL, action: 'sts:AssumeRole', resource: 'arn:aws:iam::210987654321:role/R' },
    ],
    [
      'on everything',
      `User: ${PRINCIPAL} is not authorized to perform: ssm:DescribeInstanceInformation on resource: * because no session policy allows the ssm:DescribeInstanceInformation action.`,
      {
        principal: PRINCIPAL,
        action: 'ssm:DescribeInstanceInformation',
        resource: '*',
        reason: 'no session policy allows the ssm:DescribeInstanceInformation action',
      },
    ],
    ['that names nobody', 'User is not authorized to perform: sts:AssumeRole', { action: 'sts:AssumeRole' }],
  ])('%s', (_whose, sentence, parts) => {
    expect(parseAccessDenied(sentence)).toEqual(parts);
  });

  it.each(['', 'No access', 'You are not authorized to perform this operation.'])('is not "%s"', text => {
    expect(parseAccessDenied(text)).toBeUndefined();
  });
});
