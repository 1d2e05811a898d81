import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import { AccessEvaluator } from '../../src/sandbox/auth/accessEvaluator';
import { principalOf } from '../../src/sandbox/state/assignments';
import { findPermissionSet, PERMISSION_SETS, PROD } from '../../src/sandbox/world/organization';

const SAM = 'sam@myco.example';
const WEB = 'arn:aws:ec2:us-east-1:123456789012:instance/i-060ee0879f3ec4eb7';
const SESSION = 'arn:aws:ssm:us-east-1:123456789012:session/sam-0';

function principal(permissionSet: string) {
  return principalOf(SAM, PROD.id, findPermissionSet(permissionSet) ?? expect.fail(`no ${permissionSet}`));
}

describe('the permission sets', () => {
  it.each(PERMISSION_SETS.map(set => [set.name, set] as const))(
    '%s holds valid IAM policies',
    async (_, set) => {
      const { arn, policies } = principalOf(SAM, PROD.id, set);
      const outcome = await runSimulation(
        {
          request: {
            principal: arn,
            action: 'ec2:DescribeInstances',
            resource: { resource: '*', accountId: PROD.id },
            contextVariables: {},
          },
          identityPolicies: policies.map((policy, index) => ({ name: String(index), policy })),
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      );
      expect(outcome.resultType, JSON.stringify(outcome)).not.toBe('error');
    },
  );

  const frontEnd = { 'ssm:resourceTag/Department': 'FrontEnd' };
  const backEnd = { 'ssm:resourceTag/Department': 'BackEnd' };

  it.each([
    ['FrontEndSSHAccess', 'ssm:StartSession', WEB, frontEnd, 'allowed'],
    ['FrontEndSSHAccess', 'ssm:StartSession', WEB, backEnd, 'denied-implicitly'],
    ['FrontEndSSHAccess', 'ssm:StartSession', WEB, {}, 'denied-implicitly'],
    ['BackEndSSHAccess', 'ssm:StartSession', WEB, backEnd, 'allowed'],
    ['FrontEndTunnelAccess', 'ssm:StartSession', WEB, frontEnd, 'allowed'],
    [
      'FrontEndTunnelAccess',
      'ssm:StartSession',
      'arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSessionToRemoteHost',
      frontEnd,
      'allowed',
    ],
    [
      'FrontEndTunnelAccess',
      'ssm:StartSession',
      'arn:aws:ssm:us-east-1::document/AWS-StartSSHSession',
      frontEnd,
      'denied-implicitly',
    ],
    ['ViewOnlyAccess', 'ssm:StartSession', WEB, frontEnd, 'denied-implicitly'],
    ['ViewOnlyAccess', 'ec2:DescribeRegions', '*', {}, 'allowed'],
    ['FrontEndSSHAccess', 'ec2:DescribeRegions', '*', {}, 'denied-implicitly'],
  ] as const)('%s: %s on %s with %j is %s', (set, action, resource, context, expected) => {
    expect(new AccessEvaluator().evaluate(principal(set), action, resource, context)).toBe(expected);
  });

  it('let a person end their own sessions only', () => {
    const me = principal('FrontEndSSHAccess');
    const evaluate = (owner: string) =>
      new AccessEvaluator().evaluate(me, 'ssm:TerminateSession', SESSION, {
        'ssm:resourceTag/aws:ssmmessages:session-id': owner,
      });
    expect(evaluate(me.userId)).toBe('allowed');
    expect(evaluate(me.userId.replace('sam', 'ana'))).toBe('denied-implicitly');
  });

  it('are obeyed when they deny', () => {
    const evaluator = new AccessEvaluator();
    const base = principal('FrontEndSSHAccess');
    expect(evaluator.evaluate(base, 'ssm:StartSession', WEB, frontEnd)).toBe('allowed');
    const deny = {
      Version: '2012-10-17' as const,
      Statement: [{ Effect: 'Deny' as const, Action: 'ssm:*', Resource: '*' }],
    };
    const denied = { ...base, policies: [...base.policies, deny] };
    expect(evaluator.evaluate(denied, 'ssm:StartSession', WEB, frontEnd)).toBe('denied-explicitly');
  });
});
