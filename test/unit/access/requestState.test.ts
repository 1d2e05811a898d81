import { describe, expect, it } from 'vitest';
import type { BrokerReading } from '../../../src/access/broker';
import { isRequestOver, type AccessRequest, type RequestPhase } from '../../../src/access/request';
import { reduceRequest, type RequestEvent } from '../../../src/access/requestState';
import { DRAFT, FLOW, FRONT_END } from '../../support/access/world';

const AT = 1_000_000;

function requestIn(phase: RequestPhase): AccessRequest {
  return {
    id: 'r',
    broker: 'sym',
    flowId: FLOW.id,
    flowLabel: FLOW.label,
    targetId: FRONT_END.id,
    target: FRONT_END,
    draft: DRAFT,
    whenActive: 'nothing',
    phase,
    rawStatus: 'as-before',
    steps: [{ phase, at: AT - 1 }],
    requestedAt: AT - 1,
    ...(phase === 'submitting' ? {} : { brokerRef: { runId: 'run' } }),
  };
}

const PHASES = [
  'submitting',
  'submitted',
  'pending',
  'approved',
  'other',
  'denied',
  'expired',
  'cancelled',
  'failed',
] as const satisfies readonly RequestPhase[];

const READINGS = [
  'submitted',
  'pending',
  'approved',
  'escalated',
  'denied',
  'expired',
  'cancelled',
  'failed',
  'ended',
  'other',
] as const satisfies readonly BrokerReading['phase'][];

/** The whole machine: from each phase, where each reading leads. `.` stays. Columns as in READINGS. */
const READ_TABLE: Readonly<Record<(typeof PHASES)[number], string>> = {
  //          submitted pending approved escalated denied expired cancelled failed ended other
  submitting: '. . . . . . . . . .',
  submitted: '. pending approved approved denied expired cancelled failed approved other',
  pending: '. . approved approved denied expired cancelled failed approved other',
  approved: '. . . . denied expired cancelled failed . .',
  other: 'submitted pending approved approved denied expired cancelled failed approved .',
  denied: '. . . . . . . . . .',
  expired: '. . . . . . . . . .',
  cancelled: '. . . . . . . . . .',
  failed: '. . . . . . . . . .',
};

describe('reduceRequest: every reading in every phase', () => {
  for (const phase of PHASES) {
    const row = READ_TABLE[phase].split(' ');
    for (const [column, reading] of READINGS.entries()) {
      const wanted = row[column] === '.' ? phase : row[column];
      it(`${phase} + ${reading} → ${wanted}`, () => {
        const before = requestIn(phase);
        const event: RequestEvent = {
          type: 'read',
          at: AT,
          reading: { phase: reading, rawStatus: 'as-before', message: 'words' },
        };
        const after = reduceRequest(before, event);
        expect(after.phase).toBe(wanted);
        if (wanted === phase) {
          expect(after).toBe(before);
        } else {
          expect(after.steps).toEqual([...before.steps, { phase: wanted, at: AT, message: 'words' }]);
        }
        // Applying the same answer again changes nothing.
        expect(reduceRequest(after, event)).toBe(after);
      });
    }
  }

  it('is complete', () => {
    // A phase or reading that is added does not compile until it is named here, and then not until it is in the table.
    const phases: Record<RequestPhase, true> = {
      submitting: true,
      submitted: true,
      pending: true,
      approved: true,
      denied: true,
      expired: true,
      cancelled: true,
      failed: true,
      other: true,
    };
    const readings: Record<BrokerReading['phase'], true> = {
      submitted: true,
      pending: true,
      approved: true,
      escalated: true,
      denied: true,
      expired: true,
      cancelled: true,
      failed: true,
      ended: true,
      other: true,
    };
    expect([...PHASES].sort()).toEqual(Object.keys(phases).sort());
    expect([...READINGS].sort()).toEqual(Object.keys(readings).sort());
    for (const row of Object.values(READ_TABLE)) expect(row.split(' ')).toHaveLength(READINGS.length);
  });
});

describe('reduceRequest: every other event in every phase', () => {
  // An event that is added here does not compile until it is named, and wants a test below.
  const others = { taken: true, lost: true, unreachable: true } satisfies Record<
    Exclude<RequestEvent['type'], 'read'>,
    true
  >;
  it('has a test for each', () => {
    expect(Object.keys(others)).toEqual(['taken', 'lost', 'unreachable']);
  });

  for (const phase of PHASES) {
    it(`${phase} + taken`, () => {
      const before = requestIn(phase);
      const after = reduceRequest(before, { type: 'taken', ref: { runId: 'new' }, at: AT });
      if (phase !== 'submitting') expect(after).toBe(before);
      else expect(after).toMatchObject({ phase: 'submitted', brokerRef: { runId: 'new' } });
    });

    it(`${phase} + lost`, () => {
      const before = requestIn(phase);
      const after = reduceRequest(before, { type: 'lost', message: 'gone', at: AT });
      if (phase !== 'submitting') expect(after).toBe(before);
      else expect(after.steps.at(-1)).toEqual({ phase: 'failed', at: AT, message: 'gone' });
    });

    it(`${phase} + unreachable`, () => {
      const before = requestIn(phase);
      const problem = { code: 'network', message: 'down' } as const;
      const after = reduceRequest(before, { type: 'unreachable', problem, at: AT });
      expect(after.phase).toBe(phase);
      if (phase === 'submitting' || isRequestOver(phase)) {
        expect(after).toBe(before);
        return;
      }
      expect(after.problem).toEqual({ ...problem, since: AT });
      expect(reduceRequest(after, { type: 'unreachable', problem, at: AT + 5 })).toBe(after);
      const worse = { code: 'broker-signed-out', message: 'token' } as const;
      // The trouble has another face but began when it began.
      expect(reduceRequest(after, { type: 'unreachable', problem: worse, at: AT + 9 }).problem).toEqual({
        ...worse,
        since: AT,
      });
      const reading: BrokerReading = { phase: 'other', rawStatus: 'x' };
      expect(reduceRequest(after, { type: 'read', reading, at: AT + 10 })).not.toHaveProperty('problem');
    });
  }
});

describe('reduceRequest', () => {
  it('keeps the broker’s own word', () => {
    const reading: BrokerReading = { phase: 'other', rawStatus: 'frobnicated' };
    const after = reduceRequest(requestIn('pending'), { type: 'read', reading, at: AT });
    expect(after).toMatchObject({ phase: 'other', rawStatus: 'frobnicated' });
    expect(
      reduceRequest(after, { type: 'read', reading: { ...reading, rawStatus: 'unfrobnicated' }, at: AT }),
    ).toMatchObject({ phase: 'other', rawStatus: 'unfrobnicated', steps: after.steps });
  });
});
