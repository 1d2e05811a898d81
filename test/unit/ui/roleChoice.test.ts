import { describe, expect, it } from 'vitest';
import type { AccessTarget, Flow } from '../../../src/access/flow';
import type { Grant } from '../../../src/access/grant';
import { instanceKey } from '../../../src/access/instance';
import { chooseRole, heirOf } from '../../../src/ui/model/sessions/roleChoice';
import { ACCOUNT, flow, frontEndProfile, grant, instance, MINUTE, NOW, viewer, web1 } from './samples';

const nodes: AccessTarget = {
  id: 'front-end-nodes',
  label: 'FrontEnd nodes',
  accountId: ACCOUNT,
  requestAs: 'NodeAccessRequester',
  instanceTags: { Department: 'FrontEnd' },
};
const nodeFlow: Flow = {
  id: 'node-access',
  broker: 'aws',
  label: 'Node access',
  breakGlass: false,
  targets: [nodes],
  fields: [],
};
const web2 = instance({ id: 'i-0b3d7a94e1c2f5860', name: 'web-2' });

const nodeGrant = (overrides: Partial<Grant> = {}): Grant =>
  grant({
    requestId: 'node',
    flowId: nodeFlow.id,
    targetId: nodes.id,
    target: nodes,
    instanceKeys: [instanceKey(web1)],
    ...overrides,
  });

describe('the role of a session under AWS’s node access', () => {
  const choose = (one = web1, grants = [nodeGrant()], purpose?: 'shell' | 'forward') =>
    chooseRole(one, {
      flows: [flow, nodeFlow],
      grants,
      profiles: [viewer, { ...frontEndProfile, endpoints: { common: 'http://127.0.0.1:4566' } }],
      now: NOW,
      ...(purpose ? { purpose } : {}),
    });

  it('is what the broker hands out for the grant, through the endpoint of the account', () => {
    expect(choose()).toMatchObject({
      kind: 'use',
      role: { credentials: { kind: 'broker' }, label: 'FrontEnd nodes', grant: { requestId: 'node' } },
    });
  });

  it('is never tried on another instance: the grant names the ones it covers', () => {
    expect(choose(web2)).toMatchObject({
      kind: 'ask',
      reaching: [{ target: { label: 'FrontEnd SSH' } }, { target: { label: 'FrontEnd nodes' } }],
    });
  });

  it('gives way to a role for a port, and to nothing where there is no role', () => {
    const lasting = nodeGrant({ effectiveEndsAt: NOW + 90 * MINUTE });
    const both = [lasting, grant()];
    expect(choose(web1, both, 'shell')).toMatchObject({ role: { label: 'FrontEnd nodes' } });
    expect(choose(web1, both, 'forward')).toMatchObject({ role: { label: 'FrontEnd SSH' } });
    expect(choose(web1, [lasting], 'forward')).toMatchObject({ role: { label: 'FrontEnd nodes' } });
  });
});

describe('whose credentials an open session goes on with', () => {
  it('are those of its own grant while that is in force', () => {
    const later = nodeGrant({ requestId: 'later', effectiveEndsAt: NOW + 90 * MINUTE });
    expect(heirOf(nodeGrant(), [later, nodeGrant()], web1, NOW)?.requestId).toBe('node');
  });

  it('are those of the grant that prolongs it afterwards', () => {
    const over = nodeGrant({ phase: 'ended' });
    const later = nodeGrant({ requestId: 'later', extensionOf: 'node' });
    expect(heirOf(nodeGrant(), [later, over], web1, NOW)?.requestId).toBe('later');
  });

  it('are nobody’s when only another instance or another target was granted', () => {
    const over = nodeGrant({ phase: 'ended' });
    const elsewhere = nodeGrant({ requestId: 'b', instanceKeys: [instanceKey(web2)] });
    expect(heirOf(nodeGrant(), [elsewhere, over, grant({ requestId: 'c' })], web1, NOW)).toBeUndefined();
  });
});
