import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../src/access/flow';
import type { Profile, SsoSession } from '../../../src/access/profile';
import { approverRole, requesterRole } from '../../../src/access/requesterRole';
import { FLOW, FRONT_END } from '../../support/access/world';

const MYCO: SsoSession = {
  cacheKey: 'myco',
  label: 'myco',
  startUrl: 'https://myco.awsapps.com/start',
  region: 'us-east-1',
  scopes: [],
};
const ACCOUNT = '123456789012';

const profile = (name: string, roleName: string, more: Partial<Profile> = {}): Profile => ({
  name,
  ssoSession: MYCO,
  accountId: ACCOUNT,
  roleName,
  ...more,
});
const nodeFlow = (requestAs?: string): Flow => ({
  ...FLOW,
  id: 'node-access',
  broker: 'aws',
  targets: [
    {
      id: 'nodes',
      label: 'Nodes',
      accountId: ACCOUNT,
      instanceTags: {},
      ...(requestAs === undefined ? {} : { requestAs }),
    },
  ],
});

describe('as whom AWS is asked for access', () => {
  const profiles = [
    profile('frontend-ssh', FRONT_END.permissionSet ?? ''),
    profile('chained', 'Deploy', { roleArn: 'arn:aws:iam::123456789012:role/Deploy' }),
    profile('viewer', 'ViewOnlyAccess', { endpoints: { common: 'http://127.0.0.1:4566' } }),
    profile('dev', 'ViewOnlyAccess', { accountId: '210987654321' }),
  ];

  it('is the first standing role, and not one that a flow hands out or that is assumed', () => {
    expect(requesterRole([FLOW, nodeFlow()], profiles, ACCOUNT)).toEqual({
      role: { ssoSession: MYCO, accountId: ACCOUNT, roleName: 'ViewOnlyAccess' },
      endpoints: { common: 'http://127.0.0.1:4566' },
    });
  });

  it('is the role that the target names, with or without a profile of its own', () => {
    const named = requesterRole([nodeFlow('NodeAccessRequester')], profiles, ACCOUNT);
    expect(named?.role).toEqual({ ssoSession: MYCO, accountId: ACCOUNT, roleName: 'NodeAccessRequester' });
    const other: SsoSession = { ...MYCO, cacheKey: 'other' };
    const own = profile('asker', 'NodeAccessRequester', { ssoSession: other });
    const found = requesterRole([nodeFlow('NodeAccessRequester')], [...profiles, own], ACCOUNT);
    expect(found?.role.ssoSession).toBe(other);
  });

  it('is nobody where no profile leads into the account', () => {
    expect(requesterRole([nodeFlow('NodeAccessRequester')], profiles, '999999999999')).toBeUndefined();
    expect(requesterRole([FLOW], [profiles[0] ?? profile('x', 'y')], ACCOUNT)).toBeUndefined();
  });
});

describe('as whom requests are decided', () => {
  const profiles = [profile('viewer', 'ViewOnlyAccess', { endpoints: { common: 'http://127.0.0.1:4566' } })];
  const flowOf = (approveAs?: string): Flow => {
    const flow = nodeFlow('NodeAccessRequester');
    return approveAs === undefined
      ? flow
      : { ...flow, targets: flow.targets.map(target => ({ ...target, approveAs })) };
  };

  it('is the role that the target names, reached as the account’s profiles are', () => {
    expect(approverRole([flowOf('NodeAccessApprover')], profiles, ACCOUNT)).toEqual({
      role: { ssoSession: MYCO, accountId: ACCOUNT, roleName: 'NodeAccessApprover' },
      endpoints: { common: 'http://127.0.0.1:4566' },
    });
  });

  it('is nobody unless a target names a role, and never a standing one by guess', () => {
    expect(approverRole([flowOf()], profiles, ACCOUNT)).toBeUndefined();
    expect(approverRole([flowOf('NodeAccessApprover')], profiles, '999999999999')).toBeUndefined();
  });
});
