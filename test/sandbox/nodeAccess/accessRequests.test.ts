import { beforeEach, describe, expect, it } from 'vitest';
import { AccessRequests, type AccessRequest } from '../../../src/sandbox/nodeAccess/accessRequests';
import type { ManualPolicy } from '../../../src/sandbox/nodeAccess/approvalPolicy';
import { principalOf } from '../../../src/sandbox/state/assignments';
import { ANA, findPermissionSet, PROD, SAM } from '../../../src/sandbox/world/organization';
import { FakeClock } from '../../support/access/fakeClock';

const HOUR = 3_600_000;

const TWO_LEVELS: ManualPolicy = {
  name: 'two-levels',
  tags: {},
  accessMs: 4 * HOUR,
  levels: [
    { approverRoles: ['Lead'], approvals: 2 },
    { approverRoles: ['Security'], approvals: 1 },
  ],
};

function person(email: string) {
  const set = findPermissionSet('NodeAccessApprover');
  if (!set) throw new Error('The world has no approvers');
  return principalOf(email, PROD.id, set);
}

describe('access requests', () => {
  let clock: FakeClock;
  let requests: AccessRequests;

  beforeEach(() => {
    clock = new FakeClock();
    requests = new AccessRequests({ clock });
  });

  const create = (policy?: ManualPolicy) =>
    requests.create({
      accountId: PROD.id,
      region: 'us-east-1',
      requester: person(SAM.email),
      reason: 'disk is full',
      instanceIds: ['i-060ee0879f3ec4eb7'],
      policy,
    });
  const now = (request: AccessRequest): AccessRequest => {
    const found = requests.findIn(PROD.id, 'us-east-1', request.id);
    if (!found) throw new Error(`${request.id} is gone`);
    return found;
  };
  const standing = (request: AccessRequest) => requests.standing(now(request));

  it('are approved at once, for an hour, where no manual policy decides', async () => {
    const request = create();
    expect(request.id).toMatch(/^oi-[0-9a-f]{12}$/);
    expect(standing(request)).toBe('Approved');
    await clock.advance(HOUR - 1);
    expect(standing(request)).toBe('Approved');
    await clock.advance(1);
    expect(standing(request)).toBe('Expired');
  });

  it('need every approval of every level, in order; the access counts from the last one', async () => {
    const request = create(TWO_LEVELS);
    expect(requests.openLevel(request)).toBe(0);
    requests.approve(now(request), person('a@myco.example'));
    expect(requests.openLevel(now(request))).toBe(0);
    requests.approve(now(request), person('b@myco.example'));
    expect(requests.openLevel(now(request))).toBe(1);
    expect(standing(request)).toBe('Pending');
    await clock.advance(HOUR);
    requests.approve(now(request), person(ANA.email), 'go ahead');
    expect(standing(request)).toBe('Approved');
    expect(now(request).accessEndsAt).toBe(clock.now() + 4 * HOUR);
    expect(now(request).approvals.map(({ level }) => level)).toEqual([0, 0, 1]);
  });

  it('run out when nobody answers for a week', async () => {
    const request = create(TWO_LEVELS);
    await clock.advance(7 * 24 * HOUR - 1);
    expect(standing(request)).toBe('Pending');
    await clock.advance(1);
    expect(standing(request)).toBe('Expired');
    requests.approve(now(request), person(ANA.email));
    expect(standing(request)).toBe('Expired');
  });

  it('stay settled, whatever the time', async () => {
    const request = create(TWO_LEVELS);
    requests.settle(now(request), 'Rejected', person(ANA.email), 'not today');
    await clock.advance(30 * 24 * HOUR);
    expect(standing(request)).toBe('Rejected');
    expect(now(request)).toMatchObject({ comment: 'not today', changedBy: person(ANA.email).arn });
  });

  it('last as long as the sandbox was told, and are answered by it when told so', () => {
    const quick = new AccessRequests({ clock, accessMs: 5000, approve: 'auto' });
    const { settled, accessEndsAt, manual } = quick.create({
      accountId: PROD.id,
      region: 'us-east-1',
      requester: person(SAM.email),
      reason: 'x',
      instanceIds: [],
      policy: TWO_LEVELS,
    });
    expect({ settled, accessEndsAt }).toEqual({ settled: 'Approved', accessEndsAt: clock.now() + 5000 });
    expect(manual?.executionId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are seen in their own account and region only, newest first', () => {
    const [first, second] = [create(), create(TWO_LEVELS)];
    expect(requests.list(PROD.id, 'us-east-1').map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(requests.list(PROD.id, 'eu-west-1')).toEqual([]);
    expect(requests.findIn('210987654321', 'us-east-1', first.id)).toBeUndefined();
    const executionId = second.manual?.executionId ?? '';
    expect(requests.findByExecution(PROD.id, 'us-east-1', executionId)?.id).toBe(second.id);
    expect(requests.findByExecution(PROD.id, 'eu-west-1', executionId)).toBeUndefined();
  });
});
