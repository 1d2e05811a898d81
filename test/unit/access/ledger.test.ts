import { describe, expect, it } from 'vitest';
import { AppError, isAppError } from '../../../src/base/errors';
import { settle } from '../../support/access/fakeClock';
import { BACK_END, DRAFT, FLOW, FRONT_END, LedgerWorld, MINUTE, SECOND } from '../../support/access/world';

const CONTEXT = { whenActive: 'nothing' } as const;

/** A world whose request has been approved and whose role answers: an active grant. */
async function active() {
  const world = new LedgerWorld();
  const ledger = world.open();
  const { id } = await ledger.submit(DRAFT, CONTEXT);
  world.broker.says('escalated');
  world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
  await world.clock.advance(3 * SECOND);
  expect(ledger.grant(id)?.phase).toBe('active');
  return { world, ledger, id };
}

describe('GrantLedger: asking', () => {
  it('sends what was filled in, in the flow’s terms, and keeps the request', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const request = await ledger.submit(
      { ...DRAFT, values: { reason: '  look at logs ', duration: '1h', stray: 'x' } },
      { whenActive: 'openShell', instanceKey: '123456789012/us-east-1/i-1' },
    );
    expect(world.broker.submitted[0]).toMatchObject({
      requestId: request.id,
      target: FRONT_END,
      draft: { values: { reason: 'look at logs', duration: 3600 } },
    });
    expect(world.broker.submitted[0]?.draft.values).not.toHaveProperty('stray');
    expect(request).toMatchObject({
      phase: 'submitted',
      durationSeconds: 3600,
      whenActive: 'openShell',
      instanceKey: '123456789012/us-east-1/i-1',
      approvers: '#sym-requests',
      brokerRef: { runId: 'run-1', eventId: 'event-1' },
    });
    expect(ledger.requests).toEqual([request]);
    expect(world.kinds).toEqual(['submitted']);
  });

  it('shows the request as submitting until the broker has answered', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    let answer: (ref: { runId: string }) => void = () => {};
    world.broker.onSubmit = () => new Promise(resolve => (answer = resolve));
    const sent = ledger.submit(DRAFT, CONTEXT);
    expect(ledger.requests.map(request => request.phase)).toEqual(['submitting']);
    expect(world.kinds).toEqual([]);
    answer({ runId: 'run-9' });
    expect((await sent).phase).toBe('submitted');
  });

  it.each([
    ['an unknown target', { ...DRAFT, targetId: 'nowhere' }, 'target'],
    ['no reason', { ...DRAFT, values: { duration: 1800 } }, 'reason'],
    [
      'a duration that the flow does not offer',
      { ...DRAFT, values: { reason: 'x', duration: 7200 } },
      'duration',
    ],
  ])('refuses %s before anything is sent', async (_name, draft, field) => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const failure: unknown = await ledger.submit(draft, CONTEXT).catch((thrown: unknown) => thrown);
    expect(isAppError(failure, 'request-invalid') && Object.keys(failure.details)).toEqual([field]);
    expect(world.broker.submitted).toEqual([]);
    expect(ledger.requests).toEqual([]);
  });

  it('keeps nothing and tells nothing when the broker refuses to take it', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    world.broker.onSubmit = () => Promise.reject(new AppError('broker-forbidden', 'role too low'));
    await expect(ledger.submit(DRAFT, CONTEXT)).rejects.toMatchObject({ code: 'broker-forbidden' });
    expect(ledger.requests).toEqual([]);
    expect(world.kinds).toEqual([]);
    expect(world.open().requests).toEqual([]);
  });

  it.each([
    ['an answer that was cut off', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }, true],
    ['a fault of a server on the way', { details: { status: '504' } }, true],
    [
      'no connection',
      {
        cause: new Error('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
      },
      false,
    ],
    ['a broker that takes nothing now', { details: { status: '503' } }, false],
    ['a throttle', { details: { status: '429' } }, false],
    ['another that answered in its place', { details: { answeredBy: 'page', status: '200' } }, false],
  ])('says whether the request may have been taken: %s', async (_, options, perhaps) => {
    const world = new LedgerWorld();
    const ledger = world.open();
    world.broker.onSubmit = () => Promise.reject(new AppError('broker-unavailable', 'no answer', options));
    const failure: unknown = await ledger.submit(DRAFT, CONTEXT).catch((thrown: unknown) => thrown);
    expect(isAppError(failure, 'broker-unavailable') && 'perhapsTaken' in failure.details).toBe(perhaps);
  });

  it('gives up a submission that is cancelled', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    world.broker.onSubmit = () => new Promise(() => {});
    const abort = new AbortController();
    const sent = ledger.submit(DRAFT, CONTEXT, { signal: abort.signal });
    abort.abort();
    await expect(sent).rejects.toMatchObject({ code: 'cancelled' });
    expect(ledger.requests).toEqual([]);
  });

  it('gives up a submission that is never answered', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    world.broker.onSubmit = () => new Promise(() => {});
    const failed = expect(ledger.submit(DRAFT, CONTEXT)).rejects.toMatchObject({
      code: 'network',
      details: { perhapsTaken: 'yes' },
    });
    await world.clock.advance(60 * SECOND);
    await failed;
    expect(ledger.requests).toEqual([]);
  });
});

describe('GrantLedger: following', () => {
  it('goes from pending through approved and provisioning to active, each told once', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    await world.clock.advance(10 * SECOND);
    world.broker.says('approved');
    await world.clock.advance(10 * SECOND);
    expect(ledger.grants).toEqual([]);
    world.broker.says('escalated');
    await world.clock.advance(10 * SECOND);
    expect(ledger.grant(id)).toMatchObject({
      phase: 'provisioning',
      lastProblem: 'ForbiddenException: No access',
    });
    expect(ledger.grant(id)?.attempts).toBeGreaterThan(2);
    world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
    await world.clock.advance(15 * SECOND);
    expect(ledger.grant(id)).toMatchObject({ phase: 'active', boundBy: 'grant' });
    expect(ledger.grant(id)).not.toHaveProperty('lastProblem');
    expect(world.kinds).toEqual(['submitted', 'pending', 'approved', 'provisioning', 'active']);
  });

  it('asks about every two seconds while young and less often later', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    await ledger.submit(DRAFT, CONTEXT);
    await world.clock.advance(60 * SECOND);
    expect(world.broker.reads).toBeGreaterThanOrEqual(29);
    expect(world.broker.reads).toBeLessThanOrEqual(32);
    await world.clock.advance(20 * MINUTE);
    const before = world.broker.reads;
    await world.clock.advance(60 * SECOND);
    expect(world.broker.reads - before).toBe(4);
  });

  it.each(['denied', 'expired', 'cancelled', 'failed'] as const)(
    'stops at %s with the broker’s words',
    async phase => {
      const world = new LedgerWorld();
      const ledger = world.open();
      const { id } = await ledger.submit(DRAFT, CONTEXT);
      world.broker.says(phase, { message: 'Not on a Friday' });
      await world.clock.advance(3 * SECOND);
      expect(ledger.request(id)?.phase).toBe(phase);
      expect(ledger.request(id)?.steps.at(-1)).toMatchObject({ phase, message: 'Not on a Friday' });
      const reads = world.broker.reads;
      await world.clock.advance(10 * MINUTE);
      expect(world.broker.reads).toBe(reads);
      expect(world.clock.pending).toBe(0);
      expect(world.kinds).toEqual(['submitted', phase]);
    },
  );

  it('shows an unknown status, never takes it for an approval, and goes on asking', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.broker.onRead = () => Promise.resolve({ phase: 'other', rawStatus: 'half_approved' });
    world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
    await world.clock.advance(5 * MINUTE);
    expect(ledger.request(id)).toMatchObject({ phase: 'other', rawStatus: 'half_approved' });
    expect(ledger.grants).toEqual([]);
    expect(world.probe.asked).toEqual([]);
    world.broker.says('escalated');
    await world.clock.advance(20 * SECOND);
    expect(ledger.grant(id)?.phase).toBe('active');
  });

  it('says that the broker cannot be reached, tries on with growing pauses, and forgets it on the next answer', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    const since = world.clock.now();
    world.broker.onRead = () => Promise.reject(new AppError('broker-unavailable', 'Sym answered 503'));
    await world.clock.advance(10 * MINUTE);
    expect(ledger.request(id)?.problem).toEqual({
      code: 'broker-unavailable',
      message: 'Sym answered 503',
      since,
    });
    expect(ledger.request(id)?.phase).toBe('submitted');
    expect(world.broker.reads).toBeLessThan(30);
    world.broker.says('pending');
    ledger.recheck();
    await world.clock.advance(SECOND);
    expect(ledger.request(id)).not.toHaveProperty('problem');
    expect(ledger.request(id)?.phase).toBe('pending');
  });

  it('gives up an answer that does not come, and ignores it when it comes after all', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    let late: (reading: { phase: 'denied'; rawStatus: string }) => void = () => {};
    world.broker.onRead = () => new Promise(resolve => (late = resolve));
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    await world.clock.advance(SECOND);
    const first = late;
    await world.clock.advance(31 * SECOND);
    expect(ledger.request(id)?.problem?.code).toBe('network');
    first({ phase: 'denied', rawStatus: 'denied' });
    await settle();
    expect(ledger.request(id)?.phase).toBe('submitted');
  });
});

describe('GrantLedger: provisioning', () => {
  it('waits for the sign-in, saying so, and asks at once when told of it', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.broker.says('escalated');
    world.probe.onProbe = () => Promise.reject(new AppError('signed-out', 'Not signed in to myco'));
    await world.clock.advance(5 * MINUTE);
    expect(ledger.grant(id)).toMatchObject({
      phase: 'provisioning',
      attempts: 0,
      lastProblem: 'Not signed in to myco',
      lastProblemCode: 'signed-out',
    });
    expect(world.probe.asked.length).toBeLessThan(14);
    world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
    ledger.recheck();
    await world.clock.advance(1);
    expect(ledger.grant(id)?.phase).toBe('active');
  });

  it('fails when the role never answers in the time of the grant', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.broker.says('escalated');
    await world.clock.advance(31 * MINUTE);
    expect(ledger.grant(id)).toMatchObject({ phase: 'ended', endReason: 'provisioning-failed' });
    expect(world.clock.pending).toBe(0);
  });

  it('reads AWS’s times by AWS’s clock', async () => {
    const world = new LedgerWorld();
    const offset = -20 * MINUTE;
    const ledger = world.open({ serverOffsetMs: () => offset });
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.broker.says('escalated');
    world.probe.handsOut(() => world.clock.now() + offset + 15 * MINUTE);
    await world.clock.advance(3 * SECOND);
    const grant = ledger.grant(id);
    expect(grant).toMatchObject({ phase: 'active', boundBy: 'role-credentials' });
    expect(grant?.effectiveEndsAt).toBe((grant?.activeAt ?? 0) + 15 * MINUTE);
  });

  it('goes back to provisioning when AWS stops handing out the role, and tells the way there and back', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.broker.says('escalated');
    world.probe.handsOut(() => world.clock.now() + 10 * MINUTE);
    await world.clock.advance(3 * SECOND);
    expect(ledger.grant(id)?.boundBy).toBe('role-credentials');
    world.probe.onProbe = () => Promise.reject(new AppError('signed-out', 'Not signed in'));
    await world.clock.advance(11 * MINUTE);
    expect(ledger.grant(id)).toMatchObject({ phase: 'provisioning', lastProblem: 'Not signed in' });
    world.probe.handsOut(() => world.clock.now() + 60 * MINUTE);
    await world.clock.advance(31 * SECOND);
    expect(ledger.grant(id)).toMatchObject({ phase: 'active', boundBy: 'grant' });
    expect(world.kinds.filter(kind => !['warning', 'submitted', 'approved'].includes(kind))).toEqual([
      'provisioning',
      'active',
      'suspended',
      'resumed',
    ]);
  });

  it('renews role credentials before they end, so that the grant’s own end stays the bound', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit({ ...DRAFT, values: { reason: 'x', duration: 3600 } }, CONTEXT);
    world.broker.says('escalated');
    world.probe.handsOut(() => world.clock.now() + 40 * MINUTE);
    await world.clock.advance(3 * SECOND);
    expect(ledger.grant(id)?.boundBy).toBe('role-credentials');
    await world.clock.advance(35 * MINUTE);
    expect(ledger.grant(id)).toMatchObject({ phase: 'active', boundBy: 'grant' });
    expect(world.kinds).not.toContain('warning');
  });
});

describe('GrantLedger: the end', () => {
  it('ends at its time, never later, and lets go of every timer', async () => {
    const { world, ledger, id } = await active();
    const end = ledger.grant(id)?.effectiveEndsAt ?? 0;
    await world.clock.advance(end - world.clock.now() - 1);
    expect(ledger.grant(id)?.phase).toBe('active');
    await world.clock.advance(1);
    expect(ledger.grant(id)).toMatchObject({ phase: 'ended', endReason: 'expired', endedAt: end });
    expect(world.clock.pending).toBe(0);
    expect(world.kinds.filter(kind => kind === 'ended')).toHaveLength(1);
  });

  it('counts from the last moment at which the broker had not yet escalated', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    await world.clock.advance(5 * SECOND);
    const lastPending = world.clock.now() - SECOND; // read at 0, 2, 4 s
    world.broker.says('escalated');
    await world.clock.advance(2 * SECOND);
    expect(ledger.grant(id)?.endsAt).toBe(lastPending + 30 * MINUTE);
  });

  it('warns once at five minutes and once at one', async () => {
    const { world, ledger, id } = await active();
    await world.clock.advance(31 * MINUTE);
    const warnings = world.told.filter(transition => transition.kind === 'warning');
    expect(warnings.map(warning => warning.warningMs)).toEqual([5 * MINUTE, MINUTE]);
    expect(ledger.grant(id)?.phase).toBe('ended');
  });

  it('does not warn of a threshold that was behind already at activation', async () => {
    const world = new LedgerWorld();
    const ledger = world.open({ warnBeforeMs: () => [45 * MINUTE, 10 * MINUTE] });
    await ledger.submit(DRAFT, CONTEXT);
    world.broker.says('escalated');
    world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
    await world.clock.advance(25 * MINUTE);
    expect(world.told.filter(({ kind }) => kind === 'warning').map(({ warningMs }) => warningMs)).toEqual([
      10 * MINUTE,
    ]);
  });

  it('notices a revoke within a poll', async () => {
    const { world, ledger, id } = await active();
    await world.clock.advance(5 * MINUTE);
    world.broker.says('ended', { endedBy: 'revoked', message: 'revoked by kim' });
    await world.clock.advance(19 * SECOND);
    expect(ledger.grant(id)).toMatchObject({
      phase: 'ended',
      endReason: 'revoked',
      endMessage: 'revoked by kim',
    });
  });

  it('takes an unknown status of an escalated run for an end it cannot name', async () => {
    const { world, ledger, id } = await active();
    world.broker.says('other', { rawStatus: 'unwound' });
    await world.clock.advance(19 * SECOND);
    expect(ledger.grant(id)).toMatchObject({ phase: 'ended', endReason: 'ended-by-broker' });
    expect(ledger.request(id)?.rawStatus).toBe('unwound');
  });

  it('ends on wake when the end was slept through', async () => {
    const { world, ledger, id } = await active();
    world.clock.jump(3 * 60 * MINUTE);
    ledger.recheck();
    expect(ledger.grant(id)).toMatchObject({ phase: 'ended', endReason: 'expired' });
    expect(world.kinds.filter(kind => kind === 'warning')).toEqual([]);
  });

  it('asks the broker at once on wake, dropping the answer that was outstanding', async () => {
    const { world, ledger, id } = await active();
    world.broker.onRead = () => new Promise(() => {});
    await world.clock.advance(16 * SECOND);
    world.clock.jump(10 * MINUTE);
    world.broker.says('ended');
    ledger.recheck();
    await world.clock.advance(1);
    expect(ledger.grant(id)?.phase).toBe('ended');
  });
});

describe('GrantLedger: giving back', () => {
  it('is ending until the broker reports the end', async () => {
    const { world, ledger, id } = await active();
    await ledger.giveBack(id);
    expect(world.broker.givenBack).toEqual([{ runId: 'run-1', eventId: 'event-1' }]);
    expect(ledger.grant(id)?.phase).toBe('ending');
    world.broker.says('ended');
    await world.clock.advance(3 * SECOND);
    expect(ledger.grant(id)).toMatchObject({ phase: 'ended', endReason: 'given-back' });
    expect(world.kinds.slice(-2)).toEqual(['ending', 'ended']);
  });

  it('stays in force when the broker does not take it', async () => {
    const { world, ledger, id } = await active();
    world.broker.onGiveBack = () => Promise.reject(new AppError('broker-unavailable', 'Sym answered 503'));
    await expect(ledger.giveBack(id)).rejects.toMatchObject({ code: 'broker-unavailable' });
    expect(ledger.grant(id)).toMatchObject({ phase: 'active', lastProblem: 'Sym answered 503' });
  });

  it('is in force again when a hook refuses it afterwards, word for word', async () => {
    const { world, ledger, id } = await active();
    await ledger.giveBack(id);
    world.broker.says('escalated', { giveBackRefused: 'Change freeze: ask the duty officer' });
    await world.clock.advance(3 * SECOND);
    expect(ledger.grant(id)).toMatchObject({
      phase: 'active',
      lastProblem: 'Change freeze: ask the duty officer',
    });
    expect(world.kinds.at(-1)).toBe('give-back-failed');
  });

  it('is in force again when the broker goes on reporting it as escalated', async () => {
    const { world, ledger, id } = await active();
    await ledger.giveBack(id);
    await world.clock.advance(59 * SECOND);
    expect(ledger.grant(id)?.phase).toBe('ending');
    await world.clock.advance(5 * SECOND);
    expect(ledger.grant(id)?.phase).toBe('active');
  });

  it('refuses where there is no grant', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    await expect(ledger.giveBack(id)).rejects.toMatchObject({ code: 'no-grant' });
    await expect(ledger.giveBack('nothing')).rejects.toMatchObject({ code: 'no-grant' });
  });
});

describe('GrantLedger: extending', () => {
  async function extended() {
    const base = await active();
    const { world, ledger, id } = base;
    await world.clock.advance(20 * MINUTE);
    const extension = await ledger.submit(DRAFT, { ...CONTEXT, extensionOf: id });
    await world.clock.advance(3 * SECOND);
    expect(ledger.grant(extension.id)).toMatchObject({ phase: 'active', extensionOf: id });
    return { ...base, extensionId: extension.id };
  }

  it('lets the old grant end without touching the new one, and says who takes over', async () => {
    const { world, ledger, id, extensionId } = await extended();
    const ended = world.broker.onRead;
    world.broker.onRead = ref =>
      ref.runId === 'run-1' ? Promise.resolve({ phase: 'ended', rawStatus: 'deescalated' }) : ended(ref);
    await world.clock.advance(11 * MINUTE);
    expect(ledger.grant(id)?.phase).toBe('ended');
    expect(ledger.grant(extensionId)?.phase).toBe('active');
    expect(world.told.find(({ kind }) => kind === 'ended')).toMatchObject({
      request: { id },
      continuedBy: extensionId,
    });
  });

  it('does not warn of the end of a grant that is continued', async () => {
    const { world } = await extended();
    await world.clock.advance(12 * MINUTE);
    expect(world.kinds).not.toContain('warning');
    await world.clock.advance(30 * MINUTE);
    expect(world.kinds.filter(kind => kind === 'warning')).toHaveLength(2);
  });

  it('finds out at once when the end of the old grant took the role from the new one', async () => {
    const { world, ledger, id, extensionId } = await extended();
    world.probe.refuses('ForbiddenException: No access');
    const end = ledger.grant(id)?.effectiveEndsAt ?? 0;
    await world.clock.advance(end - world.clock.now() + SECOND);
    expect(ledger.grant(extensionId)).toMatchObject({
      phase: 'provisioning',
      lastProblem: 'ForbiddenException: No access',
    });
  });

  it('refuses to extend one target with another', async () => {
    const { ledger, id } = await active();
    const draft = { ...DRAFT, targetId: BACK_END.id };
    await expect(ledger.submit(draft, { ...CONTEXT, extensionOf: id })).rejects.toMatchObject({
      code: 'request-invalid',
    });
  });
});

describe('GrantLedger: keeping', () => {
  it('comes back after a restart as it was, and tells nothing twice', async () => {
    const { world, ledger, id } = await active();
    const before = { requests: ledger.requests, grants: ledger.grants };
    ledger.dispose();
    expect(world.clock.pending).toBe(0);
    const again = world.open();
    expect({ requests: again.requests, grants: again.grants }).toEqual(before);
    await world.clock.advance(MINUTE);
    expect(world.kinds).toEqual(['submitted', 'approved', 'provisioning', 'active']);
    expect(again.grant(id)?.phase).toBe('active');
  });

  it('learns after a restart what happened meanwhile, and tells it once', async () => {
    const { world, ledger, id } = await active();
    ledger.dispose();
    world.clock.jump(10 * MINUTE);
    world.broker.says('ended', { endedBy: 'revoked' });
    const again = world.open();
    await world.clock.advance(SECOND);
    expect(again.grant(id)).toMatchObject({ phase: 'ended', endReason: 'revoked' });
    again.dispose();
    world.open();
    await world.clock.advance(MINUTE);
    expect(world.kinds.filter(kind => kind === 'ended')).toHaveLength(1);
  });

  it('says "at the latest" for a grant that began while it was away, and lets the broker end it', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    ledger.dispose();
    world.clock.jump(50 * MINUTE);
    world.broker.says('escalated');
    world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
    const again = world.open();
    await world.clock.advance(2 * SECOND);
    const grant = again.grant(id);
    expect(grant?.phase).toBe('active');
    expect(grant?.earliestEndsAt).toBeLessThan(world.clock.now());
    expect(grant?.endsAt).toBeGreaterThan(world.clock.now() + 29 * MINUTE);
    world.broker.onRead = () => Promise.reject(new AppError('broker-unavailable', 'down'));
    await world.clock.advance(4 * MINUTE);
    expect(again.grant(id)).toMatchObject({ phase: 'ended', endReason: 'expired' });
  });

  it('fails a submission whose answer died with the window', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    world.broker.onSubmit = () => new Promise(() => {});
    const sent = ledger.submit(DRAFT, CONTEXT).catch(() => undefined);
    ledger.dispose();
    const kept = world.store.text;
    await world.clock.advance(60 * SECOND); // the old window's call gives up in vain: it no longer exists
    await sent;
    world.store.text = kept;
    const again = world.open();
    expect(again.requests.map(({ phase }) => phase)).toEqual(['submitting']);
    await world.clock.advance(3 * MINUTE);
    expect(again.requests.map(({ phase }) => phase)).toEqual(['failed']);
    expect(again.requests[0]?.steps.at(-1)?.message).toMatch(/unknown/);
  });

  it.each([
    ['nothing', undefined],
    ['a string', '"hello"'],
    ['another version', '{"version":99,"records":[]}'],
    ['records that are none', '{"version":1,"records":[{"request":{}},7]}'],
  ])('starts empty from %s', (_name, text) => {
    const world = new LedgerWorld();
    world.store.text = text;
    expect(world.open().requests).toEqual([]);
  });

  it('keeps the good records when one is spoilt', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    await ledger.submit(DRAFT, CONTEXT);
    ledger.dispose();
    const state = JSON.parse(world.store.text ?? '') as { records: unknown[] };
    state.records.unshift({ request: { id: 5 } });
    world.store.text = JSON.stringify(state);
    expect(world.open().requests).toHaveLength(1);
  });

  it('survives a store that fails', async () => {
    const world = new LedgerWorld();
    const ledger = world.open({
      store: {
        load: () => {
          throw new Error('disk');
        },
        save: () => {
          throw new Error('disk');
        },
      },
    });
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    expect(ledger.request(id)?.phase).toBe('submitted');
  });

  it('dismisses what cannot be followed any more, but not what merely waits', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    await world.clock.advance(3 * SECOND);
    expect(() => ledger.dismiss(id)).toThrow(/open/);
    world.broker.onRead = () => Promise.reject(new AppError('broker-refused', 'There is no such run'));
    await world.clock.advance(5 * SECOND);
    ledger.dismiss(id);
    expect(ledger.requests).toEqual([]);
    expect(world.clock.pending).toBe(0);
  });

  it('dismisses what is over for good, and refuses to while it is open', async () => {
    const { world, ledger, id } = await active();
    expect(() => ledger.dismiss(id)).toThrow(/open/);
    world.broker.says('ended');
    await world.clock.advance(19 * SECOND);
    ledger.dismiss(id);
    expect(ledger.requests).toEqual([]);
    expect(ledger.grants).toEqual([]);
    expect(ledger.grant(id)).toBeUndefined();
    ledger.dispose();
    expect(world.open().requests).toEqual([]);
  });

  it('keeps going when a listener throws', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    ledger.onDidChange(() => {
      throw new Error('view');
    });
    ledger.onDidTransition(() => {
      throw new Error('notice');
    });
    const { id } = await ledger.submit(DRAFT, CONTEXT);
    world.broker.says('denied');
    await world.clock.advance(3 * SECOND);
    expect(ledger.request(id)?.phase).toBe('denied');
    expect(world.kinds).toEqual(['submitted', 'denied']);
  });
});

describe('GrantLedger: two windows', () => {
  it('agree, and only one of them tells', async () => {
    const world = new LedgerWorld();
    const one = world.open();
    const two = world.open();
    const { id } = await one.submit(DRAFT, CONTEXT);
    two.recheck();
    expect(two.request(id)?.phase).toBe('submitted');
    world.broker.says('escalated');
    world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
    await world.clock.advance(20 * SECOND);
    expect(one.grant(id)?.phase).toBe('active');
    expect(two.grant(id)).toEqual(one.grant(id));
    await two.giveBack(id);
    world.broker.says('ended');
    await world.clock.advance(20 * SECOND);
    expect(one.grant(id)).toMatchObject({ phase: 'ended', endReason: 'given-back' });
    expect(two.grant(id)).toEqual(one.grant(id));
    two.dismiss(id);
    one.recheck();
    expect(one.requests).toEqual([]);
    const once = new Set(world.kinds);
    expect(world.kinds).toHaveLength(once.size);
    expect(world.kinds).toEqual(['submitted', 'approved', 'provisioning', 'active', 'ending', 'ended']);
  });

  it('leave what is over alone, also the one whose question was never answered', async () => {
    const world = new LedgerWorld();
    world.broker.onRead = () => new Promise<never>(() => undefined);
    const one = world.open();
    const { id } = await one.submit(DRAFT, CONTEXT);
    await world.clock.advance(3 * SECOND);
    expect(world.broker.reads).toBe(1);
    world.broker.says('ended');
    const two = world.open();
    await world.clock.advance(3 * SECOND);
    expect(two.grant(id)).toMatchObject({ phase: 'ended' });
    // The one gives up waiting, and learns that there is nothing to wait for.
    await world.clock.advance(MINUTE);
    expect(one.request(id)).not.toHaveProperty('problem');
    expect(one.requests).toEqual(two.requests);
    expect(one.grants).toEqual(two.grants);
  });

  it('do not lose each other’s requests', async () => {
    const world = new LedgerWorld();
    const one = world.open();
    const two = world.open();
    await one.submit(DRAFT, CONTEXT);
    await two.submit({ ...DRAFT, targetId: BACK_END.id }, CONTEXT);
    one.recheck();
    expect(one.requests.map(request => request.target.label).sort()).toEqual(['BackEnd SSH', 'FrontEnd SSH']);
    expect(two.requests).toEqual(one.requests);
  });
});

it('tells steps in their order to every listener, also when one of them causes the next', async () => {
  const world = new LedgerWorld();
  const ledger = world.open();
  const second: string[] = [];
  ledger.onDidTransition(({ kind, request }) => {
    if (kind === 'active') void ledger.giveBack(request.id);
  });
  ledger.onDidTransition(({ kind }) => second.push(kind));
  await ledger.submit(DRAFT, CONTEXT);
  world.broker.says('escalated');
  world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
  await world.clock.advance(3 * SECOND);
  expect(second).toEqual(['submitted', 'approved', 'provisioning', 'active', 'ending']);
});

it('keeps the target as it was asked for when the settings change', async () => {
  const world = new LedgerWorld();
  let flows = [FLOW];
  const ledger = world.open({ flows: () => flows });
  const { id } = await ledger.submit(DRAFT, CONTEXT);
  flows = [];
  world.broker.says('escalated');
  world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
  await world.clock.advance(3 * SECOND);
  expect(ledger.grant(id)).toMatchObject({ phase: 'active', target: FRONT_END });
});

it('marks what was asked for in an emergency, over a restart too', async () => {
  const world = new LedgerWorld();
  const flows = () => [{ ...FLOW, breakGlass: true }];
  const ledger = world.open({ flows });
  const { id } = await ledger.submit(DRAFT, CONTEXT);
  world.broker.says('escalated');
  world.probe.handsOut(() => world.clock.now() + 120 * MINUTE);
  await world.clock.advance(3 * SECOND);
  ledger.dispose();
  const restored = world.open({ flows });
  expect(restored.request(id)?.breakGlass).toBe(true);
  expect(restored.grant(id)?.breakGlass).toBe(true);
});
