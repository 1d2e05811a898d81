import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../../src/sandbox/sandbox';
import { principalOf } from '../../../src/sandbox/state/assignments';
import { APPROVAL_POLICIES, REQUESTER_SET } from '../../../src/sandbox/world/nodeAccess';
import { findPermissionSet, PROD, SAM } from '../../../src/sandbox/world/organization';

const [ALL_NODES] = APPROVAL_POLICIES.manual;

describe('AWS’s access requests on the approvals page', () => {
  const sandbox = new Sandbox();

  beforeAll(async () => {
    await sandbox.start();
  });
  afterAll(async () => {
    await sandbox.stop();
  });

  const create = (manual = true) => {
    const set = findPermissionSet(REQUESTER_SET);
    if (!set || !ALL_NODES) throw new Error('The world has no requesters');
    return sandbox.accessRequests.create({
      accountId: PROD.id,
      region: 'us-east-1',
      requester: principalOf(SAM.email, PROD.id, set),
      reason: 'the deploy is stuck',
      instanceIds: ['i-060ee0879f3ec4eb7'],
      policy: manual ? ALL_NODES : undefined,
    });
  };
  const call = async (method: string, path: string, body?: object) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('are made by anybody, for something to decide about', async () => {
    const { body } = await call('POST', 'node-access', {
      instance: 'i-05b7516a19f826be9',
      reason: 'disk full',
    });
    expect(body.request).toMatchObject({
      runId: expect.stringMatching(/^oi-[0-9a-f]{12}$/),
      status: 'requested',
      requester: 'ana@myco.example',
      target: 'backend-1 (i-05b7516a19f826be9)',
      reason: 'disk full',
      durationSeconds: 7200,
    });
    const byPolicy = { instance: 'i-092d6b5f4e8a7c130', user: SAM.email };
    expect((await call('POST', 'node-access', byPolicy)).body.request).toMatchObject({ status: 'escalated' });
    expect((await call('POST', 'node-access', { instance: 'i-nothing' })).status).toBe(404);
    expect((await call('POST', 'node-access', { ...byPolicy, user: 'eve@myco.example' })).status).toBe(400);
  });

  it('are shown with all there is to decide by', async () => {
    const { id } = create();
    const { body } = await call('GET', 'requests');
    expect(body.requests).toContainEqual(
      expect.objectContaining({
        runId: id,
        status: 'requested',
        requesterName: 'Sam Rivera',
        reason: 'the deploy is stuck',
        target: 'web-1 (i-060ee0879f3ec4eb7)',
        account: 'myco-prod',
        durationSeconds: 3600,
      }),
    );
  });

  it('are approved and revoked', async () => {
    const { id } = create();
    expect(await call('POST', `requests/${id}/approve`, {})).toMatchObject({
      status: 200,
      body: { request: { status: 'escalated', decidedBy: 'ana@myco.example' } },
    });
    expect((await call('POST', `requests/${id}/approve`, {})).status).toBe(409);
    expect(await call('POST', `requests/${id}/revoke`, {})).toMatchObject({
      status: 200,
      body: { request: { status: 'deescalated' } },
    });
    expect((await call('POST', `requests/${id}/revoke`, {})).status).toBe(409);
  });

  it('are denied with a reason, or expire', async () => {
    expect(await call('POST', `requests/${create().id}/deny`, { reason: 'use the runbook' })).toMatchObject({
      status: 200,
      body: { request: { status: 'denied', message: 'use the runbook' } },
    });
    const { id } = create();
    expect(await call('POST', `requests/${id}/expire`, {})).toMatchObject({
      body: { request: { status: 'expired' } },
    });
  });

  it('are not decided by their requester, nor when there are none', async () => {
    const { id } = create();
    expect((await call('POST', `requests/${id}/approve`, { by: SAM.email })).status).toBe(403);
    expect((await call('POST', 'requests/oi-000000000000/approve', {})).status).toBe(404);
  });

  it('reach the page as they come', async () => {
    const abort = new AbortController();
    const answer = await fetch(`${sandbox.url}/_sandbox/approvals/events`, { signal: abort.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (!reader) throw new Error('No stream');
    await reader.read();
    const { id } = create();
    let seen = '';
    while (!seen.includes(id)) seen += (await reader.read()).value ?? '';
    abort.abort();
  });

  it('follow the sandbox’s settings', async () => {
    await call('POST', 'settings', { approve: 'auto', grantSeconds: 90 });
    const before = Date.now();
    const { settled, accessEndsAt } = create();
    expect(settled).toBe('Approved');
    expect(accessEndsAt).toBeGreaterThanOrEqual(before + 90_000);
    expect(accessEndsAt).toBeLessThanOrEqual(Date.now() + 90_000);
  });
});
