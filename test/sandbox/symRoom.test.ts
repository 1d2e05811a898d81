import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrantLedger, type LedgerTransition, type TransitionKind } from '../../src/access/ledger';
import { isAppError } from '../../src/base/errors';
import { systemClock } from '../../src/base/clock';
import { silentLog } from '../../src/base/log';
import { Sandbox } from '../../src/sandbox/sandbox';
import { ANA, SAM } from '../../src/sandbox/world/organization';
import { SymBroker } from '../../src/sym/symBroker';
import { SymClient } from '../../src/sym/symClient';
import { brokerContract } from '../support/access/brokerContract';
import { BACK_END, DRAFT, FLOW, FRONT_END, MemoryStore } from '../support/access/world';

function clientAt(url: string, token: string): SymClient {
  return new SymClient({
    baseUrl: () => url,
    token: () => Promise.resolve(token),
    clock: systemClock,
    log: silentLog,
  });
}

async function decide(url: string, runId: string, verb: string, body: object = {}): Promise<void> {
  const response = await fetch(`${url}/_sandbox/requests/${runId}/${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(200);
}

brokerContract('Sym, against the sandbox', { cancel: false, probe: false, revoke: true }, async () => {
  const sandbox = new Sandbox();
  const { SYM_API_URL: url, SYM_JWT: token } = await sandbox.start();
  const gone = new Sandbox();
  const { SYM_API_URL: nowhere } = await gone.start();
  await gone.stop();
  return {
    broker: new SymBroker(clientAt(url, token)),
    signedOut: new SymBroker(clientAt(url, `${token}x`)),
    unreachable: new SymBroker(clientAt(nowhere, token)),
    flow: FLOW,
    target: FRONT_END,
    otherTarget: BACK_END,
    draft: DRAFT,
    approve: ref => decide(url, ref.runId, 'approve', { by: ANA.email }),
    deny: ref => decide(url, ref.runId, 'deny', { reason: 'Not today' }),
    revoke: ref => decide(url, ref.runId, 'revoke', { by: ANA.email }),
    close: () => sandbox.stop(),
  };
});

describe('the ledger over the sandbox’s Sym', () => {
  let sandbox: Sandbox;
  let ledger: GrantLedger;
  let url: string;
  let store: MemoryStore;
  let token: string;
  const told: LedgerTransition[] = [];

  const open = (use = token) => {
    const broker = new SymBroker(clientAt(url, use));
    const opened = new GrantLedger({
      brokers: new Map([['sym' as const, broker]]),
      flows: () => [FLOW],
      probe: { probe: () => Promise.resolve({ usable: true as const, expiresAt: Date.now() + 7_200_000 }) },
      clock: systemClock,
      store,
      log: silentLog,
    });
    opened.onDidTransition(transition => told.push(transition));
    opened.start();
    return opened;
  };

  beforeEach(async () => {
    told.length = 0;
    store = new MemoryStore();
    sandbox = new Sandbox();
    ({ SYM_API_URL: url, SYM_JWT: token } = await sandbox.start());
    ledger = open();
  });
  afterEach(async () => {
    ledger.dispose();
    await sandbox.stop();
  });

  const heard = (kind: TransitionKind, from = ledger) =>
    new Promise<LedgerTransition>(resolve => {
      const subscription = from.onDidTransition(transition => {
        if (transition.kind !== kind) return;
        subscription.dispose();
        resolve(transition);
      });
    });
  const submit = (values: object = {}) =>
    ledger.submit({ ...DRAFT, values: { ...DRAFT.values, ...values } }, { whenActive: 'nothing' });

  it('tells a denial with the approver’s reason', async () => {
    const denied = heard('denied');
    const { brokerRef } = await submit();
    await decide(url, brokerRef?.runId ?? '', 'deny', { reason: 'The deploy is frozen' });
    ledger.recheck();
    expect((await denied).request.steps.at(-1)).toMatchObject({
      phase: 'denied',
      message: 'The deploy is frozen',
    });
  });

  it('tells a hook’s refusal, which comes after Sym has taken the request, word for word', async () => {
    const failed = heard('failed');
    await submit({ reason: 'please' });
    const { request } = await failed;
    expect(request.steps.at(-1)?.message).toBe('Please say more: a reason has at least 8 characters.');
    expect(request.rawStatus).toBe('requested');
  });

  it('goes to active and, given back, to its end', async () => {
    const active = heard('active');
    const { id, brokerRef } = await submit();
    await decide(url, brokerRef?.runId ?? '', 'approve');
    ledger.recheck();
    await active;
    const ended = heard('ended');
    await ledger.giveBack(id);
    expect((await ended).grant).toMatchObject({ endReason: 'given-back', endMessage: 'Given back' });
    expect(sandbox.runs.findRun(brokerRef?.runId ?? '')?.status).toBe('deescalated');
  });

  it('notices a revoke, with its words', async () => {
    const active = heard('active');
    const { brokerRef } = await submit();
    await decide(url, brokerRef?.runId ?? '', 'approve');
    ledger.recheck();
    await active;
    const ended = heard('ended');
    await decide(url, brokerRef?.runId ?? '', 'revoke', { by: ANA.email });
    ledger.recheck();
    expect((await ended).grant?.endMessage).toBe(`Revoked by ${ANA.email}`);
  });

  it('goes on after a restart where it was', async () => {
    const { id, brokerRef } = await submit();
    ledger.dispose();
    await decide(url, brokerRef?.runId ?? '', 'approve');
    const again = open();
    ledger = again;
    expect((await heard('active', again)).request.id).toBe(id);
    expect(told.filter(({ kind }) => kind === 'submitted')).toHaveLength(1);
  });

  it('shows the field that Sym found wrong', async () => {
    const client = clientAt(url, token);
    const failure: unknown = await client
      .request({ flowSrn: FLOW.id, inputs: { reason: 'long enough', duration: 7, target_srn: FRONT_END.id } })
      .catch((thrown: unknown) => thrown);
    expect(isAppError(failure, 'broker-refused') && failure.details).toMatchObject({
      code: 'RequestAPI:INVALID_INPUT',
      errors: expect.stringContaining('flow_inputs.duration') as string,
    });
  });

  it('says so when the role is too low, and when the token has run out', async () => {
    const guest = clientAt(url, sandbox.symTokens.mint({ email: SAM.email, role: 'guest' }, 60_000));
    await expect(guest.run('r')).rejects.toMatchObject({ code: 'broker-forbidden' });
    const old = clientAt(url, sandbox.symTokens.mint({ email: SAM.email, role: 'member' }, -1000));
    await expect(old.run('r')).rejects.toMatchObject({ code: 'broker-signed-out' });
  });
});
