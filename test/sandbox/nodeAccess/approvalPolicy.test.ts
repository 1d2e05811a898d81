import { describe, expect, it } from 'vitest';
import {
  judge,
  type ApprovalPolicies,
  type ManualPolicy,
} from '../../../src/sandbox/nodeAccess/approvalPolicy';

const manual = (name: string, tags: ManualPolicy['tags']): ManualPolicy => ({
  name,
  tags,
  accessMs: 3_600_000,
  levels: [{ approverRoles: ['Approver'], approvals: 1 }],
});

const POLICIES: ApprovalPolicies = {
  denyAuto: [{ tags: { Environment: 'production' } }, { users: ['temp@myco.example'], tags: {} }],
  auto: [{ tags: { Department: 'FrontEnd' } }],
  manual: [
    manual('all', {}),
    manual('backend', { Department: 'BackEnd' }),
    manual('database', { Tier: 'Database' }),
  ],
};

const sam = { userName: 'sam@myco.example' };
const temp = { userName: 'temp@myco.example' };

describe('approval policies', () => {
  it('approve automatically what the auto-approval policy permits', () => {
    expect(judge(POLICIES, sam, { Department: 'FrontEnd', Environment: 'staging' })).toEqual({
      kind: 'auto',
    });
  });

  it('deny the automatic approval, not the access: the manual policies still apply', () => {
    const production = { Department: 'FrontEnd', Environment: 'production' };
    expect(judge(POLICIES, sam, production)).toMatchObject({ kind: 'manual', policy: { name: 'all' } });
    expect(judge(POLICIES, temp, { Department: 'FrontEnd' })).toMatchObject({ kind: 'manual' });
  });

  it('prefer a policy for tags to the one for all nodes', () => {
    expect(judge(POLICIES, sam, { Department: 'BackEnd' })).toMatchObject({ policy: { name: 'backend' } });
    expect(judge(POLICIES, sam, { Department: 'Data' })).toMatchObject({ policy: { name: 'all' } });
  });

  it('fail where two policies for tags apply', () => {
    const verdict = judge(POLICIES, sam, { Department: 'BackEnd', Tier: 'Database' });
    expect(verdict).toMatchObject({
      kind: 'conflict',
      policies: [{ name: 'backend' }, { name: 'database' }],
    });
  });

  it('leave a node that no policy is about unreachable', () => {
    expect(judge({ ...POLICIES, manual: [manual('backend', { Department: 'BackEnd' })] }, sam, {})).toEqual({
      kind: 'none',
    });
    expect(judge({ denyAuto: [], auto: [], manual: [] }, sam, { Department: 'FrontEnd' })).toEqual({
      kind: 'none',
    });
  });
});
