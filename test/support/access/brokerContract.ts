import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessBroker, BrokerReading } from '../../../src/access/broker';
import type { AccessTarget, Flow } from '../../../src/access/flow';
import type { BrokerRef, RequestDraft } from '../../../src/access/request';
import { silentLog } from '../../../src/base/log';
import { delay } from '../../../src/base/cancellation';
import { systemClock } from '../../../src/base/clock';
import { GrantLedger } from '../../../src/access/ledger';
import { MemoryStore } from './world';

/** A broker together with the far side of it, so that a suite can play the approver. */
export interface BrokerUnderContract {
  readonly broker: AccessBroker;
  /** The same far side, asked without a usable sign-in. */
  readonly signedOut: AccessBroker;
  /** The same kind of broker pointed at nothing that answers. */
  readonly unreachable: AccessBroker;
  readonly flow: Flow;
  readonly target: AccessTarget;
  /** Another target of the flow: some far sides refuse a second request for the same one. */
  readonly otherTarget: AccessTarget;
  readonly draft: RequestDraft;
  /** The instance to ask from, for brokers that grant single instances. */
  readonly instanceKey?: string;
  /** What `signedOut` fails with; `broker-signed-out` unless the sign-in is AWS's own. */
  readonly signedOutCode?: 'broker-signed-out' | 'signed-out';
  /** Approves, such that the grant comes into force. */
  approve(ref: BrokerRef): Promise<void>;
  deny(ref: BrokerRef): Promise<void>;
  /** Ends a grant in force from the approver's side. Absent where the broker has no such thing. */
  readonly revoke?: (ref: BrokerRef) => Promise<void>;
  close(): Promise<void>;
}

/** A far side is asked again and again this long: it has hooks to run and assignments to make. */
const PATIENCE_MS = 4000;

/** What a broker can do beyond asking, reading and giving back. */
export interface BrokerAbilities {
  /** Takes a waiting request back. */
  readonly cancel: boolean;
  /** Hands out the credentials itself. */
  readonly probe: boolean;
  /** Its far side lets an approver end a grant in force. */
  readonly revoke: boolean;
}

/** What every access broker promises the ledger. A new broker passes this suite against a far side that is held to real facts. */
export function brokerContract(
  name: string,
  can: BrokerAbilities,
  open: () => Promise<BrokerUnderContract>,
): void {
  describe(`broker contract: ${name}`, () => {
    let under: BrokerUnderContract;
    let count = 0;

    beforeEach(async () => {
      under = await open();
    });
    afterEach(async () => {
      await under.close();
    });

    const submit = (broker = under.broker, target = under.target) => {
      const { flow, draft, instanceKey } = under;
      const instance = instanceKey === undefined ? {} : { instanceKey };
      const requestId = `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`;
      return broker.submit({
        requestId,
        flow,
        target,
        draft: { ...draft, targetId: target.id },
        ...instance,
      });
    };

    /** Asks until the reading is as wanted; says what it was instead when that does not come about. */
    const readUntil = async (ref: BrokerRef, wanted: (reading: BrokerReading) => boolean) => {
      const seen: BrokerReading[] = [];
      const until = Date.now() + PATIENCE_MS;
      do {
        const reading = await under.broker.read(ref);
        if (wanted(reading)) return { reading, seen };
        seen.push(reading);
        await delay(systemClock, 10);
      } while (Date.now() < until);
      throw new Error(`Not within ${PATIENCE_MS} ms; last: ${JSON.stringify(seen.at(-1))}`);
    };

    it('can do what it says', () => {
      expect({
        cancel: under.broker.cancel !== undefined,
        probe: under.broker.probe !== undefined,
        revoke: under.revoke !== undefined,
      }).toEqual(can);
    });

    it('takes a request and reports it as waiting', async () => {
      const ref = await submit();
      expect(ref.runId).not.toBe('');
      const reading = await under.broker.read(ref);
      expect(['submitted', 'pending']).toContain(reading.phase);
      expect(reading.rawStatus).not.toBe('');
    });

    it('tells how far its clock is ahead of ours, for the ends of grants are by its clock', async () => {
      const { clockOffsetMs } = await under.broker.read(await submit());
      expect(Math.abs(clockOffsetMs ?? Number.NaN)).toBeLessThan(4000);
    });

    it('reports an approval as in force, through waiting and approved only', async () => {
      const ref = await submit();
      await under.approve(ref);
      const { seen } = await readUntil(ref, ({ phase }) => phase === 'escalated');
      for (const { phase } of seen) expect(['submitted', 'pending', 'approved']).toContain(phase);
    });

    it('never reports a denied request as approved', async () => {
      const ref = await submit();
      await under.deny(ref);
      const { reading } = await readUntil(ref, ({ phase }) => phase !== 'submitted' && phase !== 'pending');
      expect(['denied', 'failed', 'other']).toContain(reading.phase);
      expect(reading.rawStatus).not.toBe('');
    });

    it('ends a grant that is given back', async () => {
      const ref = await submit();
      await under.approve(ref);
      await readUntil(ref, ({ phase }) => phase === 'escalated');
      await under.broker.giveBack(ref);
      const { reading } = await readUntil(ref, ({ phase }) => phase !== 'escalated');
      expect(['ended', 'other']).toContain(reading.phase);
    });

    it('resolves when what is given back is over already', async () => {
      const ref = await submit();
      await under.approve(ref);
      await readUntil(ref, ({ phase }) => phase === 'escalated');
      await under.broker.giveBack(ref);
      await readUntil(ref, ({ phase }) => phase !== 'escalated');
      await under.broker.giveBack(ref);
    });

    if (can.revoke) {
      it('reports a revoke', async () => {
        const ref = await submit();
        await under.approve(ref);
        await readUntil(ref, ({ phase }) => phase === 'escalated');
        await under.revoke?.(ref);
        const { reading } = await readUntil(ref, ({ phase }) => phase !== 'escalated');
        expect(['ended', 'other']).toContain(reading.phase);
      });
    }

    if (can.cancel) {
      it('takes a waiting request back, and says so', async () => {
        const ref = await submit();
        await under.broker.cancel?.(ref);
        const { reading } = await readUntil(ref, ({ phase }) => phase !== 'submitted' && phase !== 'pending');
        expect(reading.phase).toBe('cancelled');
      });
    }

    if (can.cancel) {
      it('leaves what was approved meanwhile in force when it is taken back', async () => {
        const ref = await submit();
        await under.approve(ref);
        await readUntil(ref, ({ phase }) => phase === 'escalated');
        await under.broker.cancel?.(ref);
        expect((await under.broker.read(ref)).phase).toBe('escalated');
      });
    }

    if (can.probe) {
      it('hands out credentials while the grant is in force and at no other time', async () => {
        const ref = await submit();
        expect(await under.broker.probe?.(ref)).toEqual({
          usable: false,
          problem: expect.stringMatching(/./),
        });
        await under.approve(ref);
        await readUntil(ref, ({ phase }) => phase === 'escalated');
        const answer = await under.broker.probe?.(ref);
        expect(answer?.usable === true && answer.expiresAt > Date.now()).toBe(true);
        await under.broker.giveBack(ref);
        await readUntil(ref, ({ phase }) => phase !== 'escalated');
        expect((await under.broker.probe?.(ref))?.usable).toBe(false);
      });
    }

    it('keeps two requests apart', async () => {
      const [one, two] = [await submit(), await submit(under.broker, under.otherTarget)];
      expect(one.runId).not.toBe(two.runId);
      await under.approve(two);
      await readUntil(two, ({ phase }) => phase === 'escalated');
      expect(['submitted', 'pending']).toContain((await under.broker.read(one)).phase);
    });

    it('fails on a run that the broker does not know, instead of reporting an outcome', async () => {
      const ref = await submit();
      const unknown = { ...ref, runId: `${ref.runId.slice(0, -4)}ffff` };
      await expect(under.broker.read(unknown)).rejects.toMatchObject({ code: 'broker-refused' });
    });

    it('says that it is signed out, whatever it is asked', async () => {
      const ref = await submit();
      const code = under.signedOutCode ?? 'broker-signed-out';
      const signedOut = expect.objectContaining({ name: 'AppError', code });
      await expect(submit(under.signedOut)).rejects.toEqual(signedOut);
      await expect(under.signedOut.read(ref)).rejects.toEqual(signedOut);
      await expect(under.signedOut.giveBack(ref)).rejects.toEqual(signedOut);
    });

    it('says that it is unavailable when nothing answers', async () => {
      const ref = await submit();
      const unavailable = expect.objectContaining({ name: 'AppError', code: 'broker-unavailable' });
      await expect(submit(under.unreachable)).rejects.toEqual(unavailable);
      await expect(under.unreachable.read(ref)).rejects.toEqual(unavailable);
      await expect(under.unreachable.giveBack(ref)).rejects.toEqual(unavailable);
    });

    it('is cancelled by its signal', async () => {
      const ref = await submit();
      const signal = AbortSignal.abort();
      await expect(under.broker.read(ref, { signal })).rejects.toMatchObject({ code: 'cancelled' });
      await expect(under.broker.giveBack(ref, { signal })).rejects.toMatchObject({ code: 'cancelled' });
    });

    it('carries a request through the ledger to an active grant', async () => {
      const { broker, flow, draft, instanceKey } = under;
      const ledger = new GrantLedger({
        brokers: new Map([[broker.id, broker]]),
        flows: () => [flow],
        probe: {
          probe: () => Promise.resolve({ usable: true as const, expiresAt: Date.now() + 7_200_000 }),
        },
        clock: systemClock,
        store: new MemoryStore(),
        log: silentLog,
      });
      ledger.start();
      try {
        const kinds: string[] = [];
        const active = new Promise<void>(resolve => {
          ledger.onDidTransition(({ kind }) => {
            kinds.push(kind);
            if (kind === 'active') resolve();
          });
        });
        const request = await ledger.submit(draft, {
          whenActive: 'nothing',
          ...(instanceKey === undefined ? {} : { instanceKey }),
        });
        if (request.brokerRef) await under.approve(request.brokerRef);
        ledger.recheck();
        await active;
        expect(ledger.grant(request.id)?.phase).toBe('active');
        expect(kinds.filter(kind => kind !== 'pending')).toEqual([
          'submitted',
          'approved',
          'provisioning',
          'active',
        ]);
      } finally {
        ledger.dispose();
      }
    });
  });
}
