import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock';
import { silentLog } from '../../../src/base/log';
import { SymBroker } from '../../../src/sym/symBroker';
import { SymClient } from '../../../src/sym/symClient';
import { brokerContract } from '../../support/access/brokerContract';
import { BACK_END, DRAFT, FLOW, FRONT_END } from '../../support/access/world';
import { SymDouble } from '../../support/sym/symDouble';

const TOLD = expect.any(Number) as number;

function brokerAt(url: string, token: string | undefined): SymBroker {
  const deps = {
    baseUrl: () => url,
    token: () => Promise.resolve(token),
    clock: systemClock,
    log: silentLog,
  };
  return new SymBroker(new SymClient(deps));
}

brokerContract('Sym', { cancel: false, probe: false, revoke: true }, async () => {
  const double = await SymDouble.open();
  const gone = await SymDouble.open();
  const nowhere = gone.url;
  await gone.close();
  const setRun = (status: string) => (ref: { runId: string }) => {
    double.runs.set(ref.runId, status);
    return Promise.resolve();
  };
  return {
    broker: brokerAt(double.url, double.token),
    signedOut: brokerAt(double.url, 'not.the.token'),
    unreachable: brokerAt(nowhere, double.token),
    flow: FLOW,
    target: FRONT_END,
    otherTarget: BACK_END,
    draft: DRAFT,
    approve: setRun('escalated'),
    deny: setRun('denied'),
    revoke: setRun('deescalated'),
    close: () => double.close(),
  };
});

describe('SymBroker', () => {
  let sym: SymDouble;
  let broker: SymBroker;
  beforeEach(async () => {
    sym = await SymDouble.open();
    broker = brokerAt(sym.url, sym.token);
  });
  afterEach(async () => {
    await sym.close();
  });

  const submit = () => broker.submit({ requestId: 'req-1', flow: FLOW, target: FRONT_END, draft: DRAFT });

  it('asks with the flow, the target and the inputs by name, the duration in seconds', async () => {
    const ref = await submit();
    expect(sym.calls[0]).toEqual({
      method: 'POST',
      path: '/api/v1/events/request',
      authorization: `Bearer ${sym.token}`,
      requestId: 'req-1',
      body: {
        flow_srn: 'acme:flow:aws_sso:latest',
        flow_inputs: {
          reason: 'checking the stuck deploy',
          duration: 1800,
          target_srn: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
        },
      },
    });
    expect(sym.runs.has(ref.runId)).toBe(true);
    expect(sym.events.has(ref.eventId ?? '')).toBe(true);
  });

  it.each([
    ['requested', 'pending'],
    ['approved', 'approved'],
    ['escalated', 'escalated'],
    ['denied', 'denied'],
    ['expired', 'expired'],
    ['request-expired', 'expired'],
    ['de_escalated', 'ended'],
    ['Deescalated', 'ended'],
    ['revoked', 'ended'],
    ['errored', 'failed'],
    ['cancelled', 'cancelled'],
    // Near misses of an approval are not one.
    ['Approved', 'other'],
    ['approved_pending', 'other'],
    ['ESCALATED', 'other'],
    ['escalating', 'other'],
    ['success', 'other'],
    ['__proto__', 'other'],
    ['constructor', 'other'],
  ] as const)('reads the run status %s as %s', async (status, phase) => {
    const ref = await submit();
    sym.runs.set(ref.runId, status);
    expect(await broker.read(ref)).toMatchObject({ phase, rawStatus: status });
  });

  it('reports a request that Sym is still working on as submitted', async () => {
    const ref = await submit();
    sym.events.set(ref.eventId ?? '', { run: ref.runId, status: 'received' });
    expect((await broker.read(ref)).phase).toBe('submitted');
    sym.events.set(ref.eventId ?? '', { run: ref.runId, status: 'success' });
    expect((await broker.read(ref)).phase).toBe('pending');
  });

  it('reports a hook’s refusal word for word although the run keeps its status', async () => {
    const ref = await submit();
    sym.events.set(ref.eventId ?? '', {
      run: ref.runId,
      status: 'error',
      error: 'You are not on call, sam.',
    });
    expect(await broker.read(ref)).toEqual({
      clockOffsetMs: TOLD,
      phase: 'failed',
      rawStatus: 'requested',
      message: 'You are not on call, sam.',
    });
  });

  it('passes on the words of a run that has some', async () => {
    const ref = await submit();
    sym.runs.set(ref.runId, 'denied');
    sym.runMessage = 'Ask again on Monday';
    expect(await broker.read(ref)).toEqual({
      clockOffsetMs: TOLD,
      phase: 'denied',
      rawStatus: 'denied',
      message: 'Ask again on Monday',
    });
    sym.runMessage = { text: 'of another shape' };
    expect(await broker.read(ref)).toEqual({ phase: 'denied', rawStatus: 'denied', clockOffsetMs: TOLD });
  });

  it('does not let a failed request event hide a run that is escalated', async () => {
    const ref = await submit();
    sym.events.set(ref.eventId ?? '', { run: ref.runId, status: 'error', error: 'late hook' });
    sym.runs.set(ref.runId, 'escalated');
    expect((await broker.read(ref)).phase).toBe('escalated');
  });

  it('stops asking for an event that has succeeded', async () => {
    const ref = await submit();
    await broker.read(ref);
    const before = sym.calls.length;
    await broker.read(ref);
    expect(sym.calls.slice(before).map(call => call.path)).toEqual([`/api/v1/runs/${ref.runId}`]);
  });

  it('reports the hook that refuses a give-back', async () => {
    const ref = await submit();
    sym.runs.set(ref.runId, 'escalated');
    sym.refuseDeescalation = 'Change freeze';
    await broker.giveBack(ref);
    expect(await broker.read(ref)).toEqual({
      clockOffsetMs: TOLD,
      phase: 'escalated',
      rawStatus: 'escalated',
      giveBackRefused: 'Change freeze',
    });
    expect(await broker.read(ref)).toEqual({
      phase: 'escalated',
      rawStatus: 'escalated',
      clockOffsetMs: TOLD,
    });
  });

  it.each([
    ['flow', { ...FLOW, id: 'acme:template:aws_sso:latest' }, FRONT_END],
    ['target', FLOW, { ...FRONT_END, id: 'frontend-ssh' }],
  ])('refuses a %s whose name is none of Sym’s before sending anything', async (_name, flow, target) => {
    await expect(broker.submit({ requestId: 'r', flow, target, draft: DRAFT })).rejects.toMatchObject({
      code: 'request-invalid',
    });
    expect(sym.calls).toEqual([]);
  });
});
