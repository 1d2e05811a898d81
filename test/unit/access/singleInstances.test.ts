import { describe, expect, it } from 'vitest';
import type { AccessBroker } from '../../../src/access/broker';
import type { Grant } from '../../../src/access/grant';
import { instanceKey, parseInstanceKey } from '../../../src/access/instance';
import { coversAllOf, covers, overlappingGrant } from '../../../src/access/reach';
import { settle } from '../../support/access/fakeClock';
import { DRAFT, FLOW, FRONT_END, LedgerWorld, MINUTE } from '../../support/access/world';

const NOW = Date.UTC(2026, 0, 15, 14, 0, 0);
const PLACE = { accountId: '123456789012', region: 'us-east-1', tags: { Department: 'FrontEnd' } };
const WEB_1 = { ...PLACE, id: 'i-060ee0879f3ec4eb7' };
const WEB_2 = { ...PLACE, id: 'i-0b3d7a94e1c2f5860' };

const GRANT: Grant = {
  requestId: 'r',
  flowId: FLOW.id,
  flowLabel: FLOW.label,
  targetId: FRONT_END.id,
  target: FRONT_END,
  phase: 'active',
  approvedAt: NOW,
  confirmedAt: NOW,
  attempts: 0,
  warned: [],
};
const ONLY_WEB_1: Grant = { ...GRANT, instanceKeys: [instanceKey(WEB_1)] };
const ONLY_WEB_2: Grant = { ...GRANT, instanceKeys: [instanceKey(WEB_2)] };

/** Hands out credentials itself, for single instances, and lets requests be taken back. */
function nodeBroker(world: LedgerWorld) {
  const cancelled: string[] = [];
  const probed: string[] = [];
  const broker: AccessBroker = {
    id: 'sym',
    submit: async request => ({
      ...(await world.broker.submit(request)),
      ...(request.instanceKey === undefined ? {} : { instanceKeys: [request.instanceKey] }),
    }),
    read: ref => world.broker.read(ref),
    giveBack: ref => world.broker.giveBack(ref),
    cancel: ({ runId }) => {
      cancelled.push(runId);
      return Promise.resolve();
    },
    probe: ({ runId }) => {
      probed.push(runId);
      return Promise.resolve({ usable: true, expiresAt: world.clock.now() + 60 * MINUTE });
    },
  };
  return { broker, cancelled, probed };
}

describe('instance keys', () => {
  it('are read back', () => {
    const { accountId, region, id } = WEB_1;
    expect(parseInstanceKey(instanceKey(WEB_1))).toEqual({ accountId, region, id });
  });

  it.each(['', 'i-1', '1/2', '1/2/', '/2/3', '1/2/3/4'])('are not read from "%s"', text => {
    expect(parseInstanceKey(text)).toBeUndefined();
  });
});

describe('a grant for single instances', () => {
  it('covers these and no others, and these only as far as the target reaches', () => {
    expect(covers(ONLY_WEB_1, WEB_1, NOW)).toBe(true);
    expect(covers(ONLY_WEB_1, WEB_2, NOW)).toBe(false);
    expect(covers(ONLY_WEB_1, { ...WEB_1, region: 'eu-west-1' }, NOW)).toBe(false);
    expect(covers(ONLY_WEB_1, { ...WEB_1, tags: {} }, NOW)).toBe(false);
  });

  it('takes over only from a grant that covers no more', () => {
    expect(coversAllOf(ONLY_WEB_1, ONLY_WEB_1)).toBe(true);
    expect(coversAllOf(ONLY_WEB_1, ONLY_WEB_2)).toBe(false);
    expect(coversAllOf(ONLY_WEB_1, GRANT)).toBe(false);
    expect(coversAllOf(GRANT, ONLY_WEB_1)).toBe(true);
    expect(
      coversAllOf({ ...GRANT, instanceKeys: [instanceKey(WEB_1), instanceKey(WEB_2)] }, ONLY_WEB_2),
    ).toBe(true);
  });

  it('overlaps a request for the same instance, not one for its neighbour', () => {
    expect(overlappingGrant([ONLY_WEB_1], FLOW.id, FRONT_END.id, WEB_1)).toBe(ONLY_WEB_1);
    expect(overlappingGrant([ONLY_WEB_1], FLOW.id, FRONT_END.id, WEB_2)).toBeUndefined();
    expect(overlappingGrant([GRANT], FLOW.id, FRONT_END.id, WEB_2)).toBe(GRANT);
  });
});

describe('the ledger with a broker that hands out credentials itself', () => {
  it('asks the broker for them, and not Identity Center', async () => {
    const world = new LedgerWorld();
    const { broker, probed } = nodeBroker(world);
    const ledger = world.open({ brokers: new Map([['sym', broker]]) });
    const key = instanceKey(WEB_1);
    const request = await ledger.submit(DRAFT, { whenActive: 'nothing', instanceKey: key });
    expect(world.broker.submitted.at(-1)?.instanceKey).toBe(key);
    world.broker.says('escalated');
    await world.clock.advance(10_000);
    await settle();
    expect(ledger.grant(request.id)).toMatchObject({ phase: 'active', instanceKeys: [key] });
    expect(probed).toContain('run-1');
    expect(world.probe.asked).toEqual([]);
    // Another window, or this one after a reload, knows it too.
    expect(world.open({ brokers: new Map([['sym', broker]]) }).grant(request.id)).toMatchObject({
      instanceKeys: [key],
    });
  });

  it('warns of an end although another instance is granted for longer', async () => {
    const world = new LedgerWorld();
    const { broker } = nodeBroker(world);
    const ledger = world.open({ brokers: new Map([['sym', broker]]) });
    world.broker.says('escalated');
    for (const instance of [WEB_1, WEB_2]) {
      await ledger.submit(DRAFT, { whenActive: 'nothing', instanceKey: instanceKey(instance) });
      await world.clock.advance(MINUTE);
    }
    await world.clock.advance(30 * MINUTE);
    const warned = world.told.filter(({ kind, warningMs }) => kind === 'warning' && warningMs === 300_000);
    expect(warned).toHaveLength(2);
    const ended = world.told.filter(({ kind }) => kind === 'ended');
    expect(ended.map(({ continuedBy }) => continuedBy)).toEqual([undefined, undefined]);
  });

  it('prolongs a grant for the instance it is for', async () => {
    const world = new LedgerWorld();
    const { broker } = nodeBroker(world);
    const ledger = world.open({ brokers: new Map([['sym', broker]]) });
    const key = instanceKey(WEB_1);
    const first = await ledger.submit(DRAFT, { whenActive: 'nothing', instanceKey: key });
    const second = await ledger.submit(DRAFT, { whenActive: 'nothing', extensionOf: first.id });
    expect(second).toMatchObject({ extensionOf: first.id, instanceKey: key });
  });

  it('takes an open request back where the broker can, and only while it is open', async () => {
    const world = new LedgerWorld();
    const { broker, cancelled } = nodeBroker(world);
    const ledger = world.open({ brokers: new Map([['sym', broker]]) });
    const { id } = await ledger.submit(DRAFT, { whenActive: 'nothing' });
    expect(ledger.canCancel(id)).toBe(true);
    await ledger.cancel(id);
    expect(cancelled).toEqual(['run-1']);
    world.broker.says('cancelled');
    await world.clock.advance(5000);
    expect(ledger.request(id)?.phase).toBe('cancelled');
    expect(ledger.canCancel(id)).toBe(false);
    await expect(ledger.cancel(id)).rejects.toMatchObject({ code: 'request-invalid' });
    expect(ledger.canCancel('unknown')).toBe(false);
  });

  it('does not offer to take back what the broker cannot', async () => {
    const world = new LedgerWorld();
    const ledger = world.open();
    const { id } = await ledger.submit(DRAFT, { whenActive: 'nothing' });
    expect(ledger.canCancel(id)).toBe(false);
    await expect(ledger.cancel(id)).rejects.toMatchObject({ code: 'request-invalid' });
  });
});
