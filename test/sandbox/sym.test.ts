import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SymRun } from '../../src/sandbox/state/symRuns';
import { Contract } from './support/contract';

const SAM = 'sam@myco.example';
const ANA = 'ana@myco.example';
const FLOW = 'acme:flow:aws_sso:latest';
const FRONT_END = 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest';
const BACK_END = 'acme:access_target:aws_sso_permission_set:backend-ssh:latest';
const SECOND = 1000;

/** What Sym answers, as far as a test looks. */
interface SymBody {
  readonly event_id: string;
  readonly run_id: string;
  readonly status: string;
  readonly timestamp: string;
  readonly code: string;
}

describe('Sym’s request API, by plain fetch', () => {
  const contract = new Contract({ propagationMs: 3 * SECOND });
  let token: string;

  beforeAll(async () => {
    await contract.start();
    token = (await contract.sandbox.start()).SYM_JWT;
  });
  afterAll(() => contract.stop());

  async function call(method: string, path: string, body?: unknown, bearer: string | undefined = token) {
    const answer = await fetch(`${contract.sandbox.url}/api/v1${path}`, {
      method,
      headers: {
        'x-sym-request-id': 'of-the-test',
        ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    expect(answer.headers.get('x-sym-request-id')).toBe('of-the-test');
    return { status: answer.status, body: (await answer.json()) as SymBody };
  }

  const inputs = { reason: 'investigating a slow page', duration: 1800, target_srn: FRONT_END };
  const ask = (over: object = {}, more: object = {}) =>
    call('POST', '/events/request', { flow_srn: FLOW, flow_inputs: { ...inputs, ...over }, ...more });

  /** Runs what the sandbox has put off by a moment: hooks, escalation. */
  const settle = () => contract.clock.turn(SECOND);
  const runStatus = async (id: string) => (await call('GET', `/runs/${id}`)).body.status;
  const frontEndVisible = () =>
    contract.sandbox.assignments
      .visibleTo(SAM)
      .some(({ permissionSet }) => permissionSet.name === 'FrontEndSSHAccess');

  /** Ends whatever is open, so that each test begins with nothing asked. */
  async function clear(): Promise<void> {
    settle();
    const { body } = await contract.door('GET', 'requests');
    for (const { runId, status } of body.requests) {
      if (status === 'requested') await contract.door('POST', `requests/${runId}/expire`);
      if (status === 'escalated') await contract.door('POST', `requests/${runId}/revoke`);
    }
  }

  it('follows a request from the asking to the end', async () => {
    await clear();
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body).toMatchObject({ event_id: expect.any(String), run_id: expect.any(String) });
    const early = await call('GET', `/events/${body.event_id}`);
    expect(early.body).toMatchObject({ run_id: body.run_id, name: 'request', status: 'pending' });
    expect(early.body.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    settle();
    expect((await call('GET', `/events/${body.event_id}`)).body.status).toBe('success');
    expect(await runStatus(body.run_id)).toBe('requested');

    const approved = await contract.door('POST', `requests/${body.run_id}/approve`, { by: ANA });
    expect(approved).toMatchObject({
      status: 200,
      body: { request: { status: 'approved', decidedBy: ANA } },
    });
    expect(await runStatus(body.run_id)).toBe('approved');
    settle();
    expect(await runStatus(body.run_id)).toBe('escalated');
    expect(frontEndVisible()).toBe(false);
    contract.clock.turn(3 * SECOND);
    expect(frontEndVisible()).toBe(true);

    contract.clock.turn(1790 * SECOND);
    expect(await runStatus(body.run_id)).toBe('escalated');
    contract.clock.turn(10 * SECOND);
    expect(await runStatus(body.run_id)).toBe('deescalated');
    expect(frontEndVisible()).toBe(false);
  });

  it('gives back early, and only what is active', async () => {
    await clear();
    const { body } = await ask();
    settle();
    const early = await call('POST', '/events/deescalate', { run_id: body.run_id });
    expect(early).toMatchObject({
      status: 400,
      body: { error: true, code: 'DeescalateAPI:INVALID_RUN', status_code: 400, is_retryable: false },
    });
    await contract.door('POST', `requests/${body.run_id}/approve`);
    settle();
    contract.clock.turn(5 * SECOND);
    expect(frontEndVisible()).toBe(true);
    const ended = await call('POST', '/events/deescalate', { run_id: body.run_id });
    expect(ended).toMatchObject({
      status: 200,
      body: { event_id: expect.any(String), request_body: { run_id: body.run_id } },
    });
    expect(await runStatus(body.run_id)).toBe('deescalated');
    expect(frontEndVisible()).toBe(false);
    expect((await call('POST', '/events/deescalate', { run_id: body.run_id })).status).toBe(400);
  });

  it('tells a denial with its reason, an expiry and a revocation', async () => {
    await clear();
    const denied = (await ask()).body.run_id;
    settle();
    await contract.door('POST', `requests/${denied}/deny`, { reason: 'Use the dashboard' });
    expect((await call('GET', `/runs/${denied}`)).body).toMatchObject({
      status: 'denied',
      message: 'Use the dashboard',
    });
    expect((await contract.door('POST', `requests/${denied}/approve`)).status).toBe(409);

    const expired = (await ask()).body.run_id;
    settle();
    await contract.door('POST', `requests/${expired}/expire`);
    expect(await runStatus(expired)).toBe('expired');

    const revoked = (await ask()).body.run_id;
    settle();
    await contract.door('POST', `requests/${revoked}/approve`);
    settle();
    await contract.door('POST', `requests/${revoked}/revoke`);
    expect(await runStatus(revoked)).toBe('deescalated');
  });

  it('lets nobody approve their own request', async () => {
    await clear();
    const { body } = await ask();
    settle();
    expect((await contract.door('POST', `requests/${body.run_id}/approve`, { by: SAM })).status).toBe(403);
    expect(await runStatus(body.run_id)).toBe('requested');
  });

  it('refuses by a hook after the request was taken, and leaves the run as it was', async () => {
    await clear();
    const { status, body } = await ask({ reason: 'because' });
    expect(status).toBe(200);
    settle();
    const event = await call('GET', `/events/${body.event_id}`);
    expect(event.body).toMatchObject({ status: 'error', error: expect.stringContaining('at least 8') });
    expect(await runStatus(body.run_id)).toBe('requested');
    expect((await contract.door('POST', `requests/${body.run_id}/approve`)).status).toBe(409);
  });

  it('refuses a second request for the same while the first is open', async () => {
    await clear();
    const first = (await ask()).body;
    settle();
    const second = (await ask()).body;
    const other = (await ask({ target_srn: BACK_END })).body;
    settle();
    expect((await call('GET', `/events/${first.event_id}`)).body.status).toBe('success');
    expect((await call('GET', `/events/${second.event_id}`)).body.status).toBe('error');
    expect((await call('GET', `/events/${other.event_id}`)).body.status).toBe('success');
  });

  it.each([
    ['a duration as Terraform writes it', { duration: '30m' }, 'flow_inputs.duration'],
    ['a duration that is not offered', { duration: 60 }, 'flow_inputs.duration'],
    ['no reason', { reason: undefined }, 'flow_inputs.reason'],
    ['no target', { target_srn: undefined }, 'flow_inputs.target_srn'],
    ['a target of another strategy', { target_srn: `${FRONT_END}x` }, 'flow_inputs.target_srn'],
    ['a field the flow lacks', { colour: 'red' }, 'flow_inputs.colour'],
  ])('refuses %s at once', async (_, over, field) => {
    const answer = await ask(over);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: true, code: 'RequestAPI:INVALID_INPUT', errors: [{ field }] },
    });
  });

  it('refuses an unknown flow, a flow that is no SRN, an unknown user, and what is not JSON', async () => {
    expect((await ask({}, { flow_srn: 'acme:flow:other:latest' })).body.code).toBe('RequestAPI:INVALID_FLOW');
    expect((await ask({}, { flow_srn: 'other' })).body.code).toBe('RequestAPI:INVALID_BODY');
    expect((await ask({}, { user_email: 'nobody@myco.example' })).body.code).toBe('RequestAPI:INVALID_USER');
    expect((await call('POST', '/events/request', '{')).body.code).toBe('RequestAPI:INVALID_JSON');
  });

  it('compares SRNs without regard to case', async () => {
    await clear();
    expect(
      (await ask({ target_srn: FRONT_END.toUpperCase() }, { flow_srn: FLOW.toUpperCase() })).status,
    ).toBe(200);
  });

  it('checks the token', async () => {
    const runs = (bearer: string) => call('GET', '/runs/none', undefined, bearer);
    expect(await runs('')).toMatchObject({ status: 401, body: { code: 'Auth:MISSING_TOKEN' } });
    expect(await runs('made.up.token')).toMatchObject({ status: 401, body: { code: 'Auth:INVALID_TOKEN' } });
    const [head, , signature] = token.split('.');
    const claims = Buffer.from(JSON.stringify({ sub: ANA, role: 'admin', exp: 9e9 })).toString('base64url');
    expect((await runs(`${head}.${claims}.${signature}`)).status).toBe(401);
    const mint = async (role: string, seconds: number) =>
      (await contract.door('POST', 'sym/tokens', { email: SAM, role, seconds })).body.token;
    expect((await runs(await mint('member', -1))).status).toBe(401);
    expect(await runs(await mint('guest', 60))).toMatchObject({ status: 403, body: { status_code: 403 } });
    expect((await runs(await mint('member', 60))).status).toBe(404);
  });

  it('answers what it does not have', async () => {
    expect(await call('GET', '/flows')).toMatchObject({ status: 404, body: { error: true } });
    expect(await call('GET', '/events/none')).toMatchObject({ status: 404 });
    expect(await call('PUT', '/events/request')).toMatchObject({ status: 404 });
  });

  it('can fail and throttle', async () => {
    await contract.door('POST', 'faults', { operation: 'sym:GetRun', kind: 'throttle' });
    expect(await call('GET', '/runs/none')).toMatchObject({ status: 429, body: { is_retryable: true } });
    await contract.door('POST', 'faults', { operation: 'sym:*', kind: 'fail', status: 503 });
    expect(await call('GET', '/runs/none')).toMatchObject({ status: 503, body: { is_retryable: true } });
    expect((await call('GET', '/runs/none')).status).toBe(404);
  });
});

describe('the sandbox’s own ways with requests', () => {
  it('holds what is to be provisioned until it is let go, and nothing that was there', async () => {
    const contract = await new Contract({ approve: 'auto', propagationMs: 0 }).start();
    try {
      const { SYM_JWT } = await contract.sandbox.start();
      const sets = () =>
        contract.sandbox.assignments.visibleTo(SAM).map(({ permissionSet: { name } }) => name);
      const standing = sets();
      await contract.door('POST', 'settings', { holdPropagation: true });
      await askForAnHour(contract.sandbox.url, SYM_JWT);
      contract.clock.turn(SECOND);
      contract.clock.turn(600 * SECOND);
      expect(contract.sandbox.runs.listRuns()[0]?.status).toBe('escalated');
      expect(sets()).toEqual(standing);
      await contract.door('POST', 'settings', { holdPropagation: false });
      expect(sets()).toContain('FrontEndSSHAccess');
    } finally {
      await contract.stop();
    }
  });

  it('approves by itself and ends when it was told to', async () => {
    const contract = await new Contract({ approve: 'auto', grantMs: 20 * SECOND, propagationMs: 0 }).start();
    try {
      const states: string[] = [];
      contract.sandbox.runs.onDidChange(({ status }: SymRun) => void states.push(status));
      const { SYM_JWT } = await contract.sandbox.start();
      await askForAnHour(contract.sandbox.url, SYM_JWT);
      contract.clock.turn(SECOND);
      contract.clock.turn(SECOND);
      expect(states).toEqual(['requested', 'requested', 'approved', 'escalated']);
      contract.clock.turn(20 * SECOND);
      expect(states.at(-1)).toBe('deescalated');
    } finally {
      await contract.stop();
    }
  });
});

async function askForAnHour(url: string, token: string): Promise<void> {
  await fetch(`${url}/api/v1/events/request`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      flow_srn: FLOW,
      flow_inputs: { reason: 'a good reason', duration: 3600, target_srn: FRONT_END },
    }),
  });
}
