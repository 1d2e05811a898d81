import { describe, expect, it } from 'vitest';
import type { BrokerReading } from '../../../src/access/broker';
import type { Grant, GrantPhase } from '../../../src/access/grant';
import { remainingMs } from '../../../src/access/grant';
import {
  CONFIRM_WITHIN_MS,
  GIVE_BACK_WITHIN_MS,
  nextTick,
  openGrant,
  reduceGrant,
  START_TOLERANCE_MS,
  type GrantEvent,
} from '../../../src/access/grantState';
import type { AccessRequest } from '../../../src/access/request';
import { DRAFT, FLOW, FRONT_END, MINUTE, SECOND } from '../../support/access/world';

const T0 = Date.UTC(2026, 0, 15, 14, 0, 0);
const WARN = [5 * MINUTE, MINUTE];
const HOUR = 60 * MINUTE;

const REQUEST: AccessRequest = {
  id: 'r',
  broker: 'sym',
  flowId: FLOW.id,
  flowLabel: FLOW.label,
  targetId: FRONT_END.id,
  target: FRONT_END,
  draft: DRAFT,
  whenActive: 'nothing',
  brokerRef: { runId: 'run' },
  phase: 'approved',
  steps: [],
  requestedAt: T0 - MINUTE,
  durationSeconds: 1800,
};

const provisioning = openGrant(REQUEST, { notBefore: T0, sentAt: T0, at: T0 });
const active = reduceGrant(provisioning, {
  type: 'role-answered',
  expiresAt: T0 + 60 * MINUTE,
  warnBeforeMs: WARN,
  at: T0 + SECOND,
});
const ending = reduceGrant(active, { type: 'give-back', at: T0 + 10 * MINUTE });
const ended = reduceGrant(ending, {
  type: 'read',
  reading: { phase: 'ended', rawStatus: 'x' },
  sentAt: T0 + 11 * MINUTE,
  at: T0 + 11 * MINUTE,
});
const STATES: Readonly<Record<GrantPhase, Grant>> = { provisioning, active, ending, ended };
const PHASES = Object.keys(STATES) as GrantPhase[];

const NOW = T0 + 10 * MINUTE + 30 * SECOND;
const read = (phase: BrokerReading['phase'], more: Partial<BrokerReading> = {}, at = NOW): GrantEvent => ({
  type: 'read',
  reading: { phase, rawStatus: phase, ...more },
  sentAt: at,
  at,
});

/** Every event, and where it leads from provisioning, active and ending. `.` stays the same object, `~` the same phase with news. */
const TABLE: readonly (readonly [name: string, event: GrantEvent, from: string])[] = [
  [
    'role-answered',
    { type: 'role-answered', expiresAt: NOW + 90 * MINUTE, warnBeforeMs: WARN, at: NOW },
    'active ~ .',
  ],
  [
    'role-answered with dead credentials',
    { type: 'role-answered', expiresAt: NOW, warnBeforeMs: WARN, at: NOW },
    '~ . .',
  ],
  ['role-refused', { type: 'role-refused', problem: 'no', at: NOW }, '~ provisioning .'],
  ['role-unknown', { type: 'role-unknown', code: 'signed-out', problem: 'out', at: NOW }, '~ ~ .'],
  ['read submitted', read('submitted'), '. . .'],
  ['read pending', read('pending'), '. . .'],
  ['read approved', read('approved'), '. . .'],
  ['read escalated', read('escalated'), '. . .'],
  ['read escalated, give-back refused', read('escalated', { giveBackRefused: 'no' }), '. . active'],
  ['read escalated long after give-back', read('escalated', {}, NOW + GIVE_BACK_WITHIN_MS), '. . active'],
  ['read ended', read('ended'), 'ended:ended-by-broker ended:ended-by-broker ended:given-back'],
  ['read revoked', read('ended', { endedBy: 'revoked' }), 'ended:revoked ended:revoked ended:given-back'],
  ['read denied', read('denied'), 'ended:ended-by-broker ended:ended-by-broker ended:given-back'],
  ['read expired', read('expired'), 'ended:expired ended:expired ended:given-back'],
  ['read cancelled', read('cancelled'), 'ended:ended-by-broker ended:ended-by-broker ended:given-back'],
  ['read failed', read('failed'), 'ended:provisioning-failed ended:ended-by-broker ended:given-back'],
  ['read other', read('other'), 'ended:ended-by-broker ended:ended-by-broker ended:given-back'],
  [
    'read ended at its time',
    read('ended', {}, T0 + 30 * MINUTE),
    'ended:expired ended:expired ended:given-back',
  ],
  ['unconfirmed', { type: 'unconfirmed', at: NOW + 60 * MINUTE }, '. . .'],
  ['give-back', { type: 'give-back', at: NOW }, 'ending ending .'],
  ['clock-set', { type: 'clock-set', byMs: -HOUR }, '~ ~ ~'],
  ['give-back-failed', { type: 'give-back-failed', problem: 'no', at: NOW }, '. . active'],
  ['tick, nothing due', { type: 'tick', warnBeforeMs: WARN, at: NOW }, '. . .'],
  ['tick at a warning', { type: 'tick', warnBeforeMs: WARN, at: T0 + 25 * MINUTE }, '. ~ .'],
  ['tick just before the end', { type: 'tick', warnBeforeMs: [], at: T0 + 30 * MINUTE - 1 }, '. . .'],
  [
    'tick at the end',
    { type: 'tick', warnBeforeMs: WARN, at: T0 + 30 * MINUTE },
    'ended:provisioning-failed ended:expired ended:expired',
  ],
];

describe('reduceGrant: every event in every phase', () => {
  for (const [name, event, from] of TABLE) {
    const outcomes = [...from.split(' '), '.'];
    for (const [index, phase] of PHASES.entries()) {
      const wanted = outcomes[index] ?? '';
      it(`${phase} + ${name} → ${wanted}`, () => {
        const before = STATES[phase];
        const after = reduceGrant(before, event);
        if (wanted === '.') {
          expect(after).toBe(before);
          return;
        }
        const [wantedPhase, reason] = wanted.split(':');
        expect(after).not.toBe(before);
        expect(after.phase).toBe(wanted === '~' ? phase : wantedPhase);
        if (after.phase === 'ended')
          expect(after).toMatchObject({ endReason: reason, endedAt: 'at' in event ? event.at : undefined });
        else expect(after).not.toHaveProperty('endReason');
      });
    }
  }

  it('leaves out no event and no reading', () => {
    // What is added does not compile until it is named here, and then fails until it is in the table.
    const events: Record<GrantEvent['type'], true> = {
      'role-answered': true,
      'role-refused': true,
      'role-unknown': true,
      read: true,
      unconfirmed: true,
      'give-back': true,
      'give-back-failed': true,
      'clock-set': true,
      tick: true,
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
    const tried = TABLE.map(([, event]) => event);
    expect([...new Set(tried.map(({ type }) => type))].sort()).toEqual(Object.keys(events).sort());
    const read = tried.flatMap(event => (event.type === 'read' ? [event.reading.phase] : []));
    expect([...new Set(read)].sort()).toEqual(Object.keys(readings).sort());
  });

  it('names the four phases in the order of the table', () => {
    expect(PHASES).toEqual(['provisioning', 'active', 'ending', 'ended']);
    expect(PHASES.map(phase => STATES[phase].phase)).toEqual(PHASES);
  });
});

describe('openGrant', () => {
  const open = (notBefore: number, at: number) => openGrant(REQUEST, { notBefore, sentAt: at, at });

  it('takes the early end when we cannot be far wrong', () => {
    const grant = open(T0 - START_TOLERANCE_MS, T0);
    expect(grant).toMatchObject({ endsAt: T0 - START_TOLERANCE_MS + 30 * MINUTE, boundBy: 'grant' });
    expect(grant).not.toHaveProperty('earliestEndsAt');
  });

  it('keeps the range when we can', () => {
    expect(open(T0 - 20 * MINUTE, T0)).toMatchObject({
      earliestEndsAt: T0 + 10 * MINUTE,
      endsAt: T0 + 30 * MINUTE,
      effectiveEndsAt: T0 + 30 * MINUTE,
    });
  });

  it('does not believe a clock that was set back meanwhile', () => {
    expect(open(T0 + 60 * MINUTE, T0).endsAt).toBe(T0 + 30 * MINUTE);
  });

  it('has no end of its own for a flow without a duration', () => {
    const { durationSeconds: _none, ...request } = REQUEST;
    const grant = openGrant(request, { notBefore: T0, sentAt: T0, at: T0 });
    expect(grant).not.toHaveProperty('endsAt');
    expect(nextTick(grant, WARN)).toBeUndefined();
    expect(remainingMs(grant, T0)).toBeUndefined();
  });
});

describe('a grant whose start we missed', () => {
  const grant = openGrant(REQUEST, { notBefore: T0 - 60 * MINUTE, sentAt: T0, at: T0 });

  it('outlives its earliest end while the broker confirms it', () => {
    let now = T0;
    let held = grant;
    for (let i = 0; i < 20; i++) {
      now += MINUTE;
      held = reduceGrant(held, read('escalated', {}, now));
      held = reduceGrant(held, { type: 'tick', warnBeforeMs: WARN, at: now });
    }
    expect(held).toMatchObject({ phase: 'provisioning', confirmedAt: now });
  });

  it('takes silence for the end', () => {
    const silent = (at: number) => reduceGrant(grant, { type: 'unconfirmed', at }).phase;
    expect(silent(T0 + CONFIRM_WITHIN_MS - 1)).toBe('provisioning');
    expect(silent(T0 + CONFIRM_WITHIN_MS)).toBe('ended');
  });

  it('does not let an old confirmation count for a new one', () => {
    const late = reduceGrant(grant, { ...read('escalated'), sentAt: T0 - MINUTE } as GrantEvent);
    expect(late).toBe(grant);
  });
});

describe('the effective end', () => {
  const answer = (expiresIn: number, from = provisioning, at = T0) =>
    reduceGrant(from, { type: 'role-answered', expiresAt: at + expiresIn, warnBeforeMs: WARN, at });

  it.each([
    ['the grant, when it ends first', 60 * MINUTE, 30 * MINUTE, 'grant'],
    ['the role credentials, when they do', 12 * MINUTE, 12 * MINUTE, 'role-credentials'],
  ])('is bound by %s', (_name, expiresIn, end, boundBy) => {
    const grant = answer(expiresIn);
    expect(grant).toMatchObject({ effectiveEndsAt: T0 + end, boundBy });
    expect(remainingMs(grant, T0)).toBe(end);
    expect(remainingMs(grant, T0 + 99 * MINUTE)).toBe(0);
  });

  it('is bound by the permission set’s session when that explains the credentials’ end', () => {
    const target = { ...FRONT_END, sessionDurationMs: 15 * MINUTE };
    const short = { ...provisioning, target };
    expect(answer(15 * MINUTE + 2 * SECOND, short)).toMatchObject({
      effectiveEndsAt: T0 + 15 * MINUTE,
      boundBy: 'permission-set-session',
    });
    expect(answer(15 * MINUTE - 2 * SECOND, short)).toMatchObject({
      effectiveEndsAt: T0 + 15 * MINUTE - 2 * SECOND,
      boundBy: 'permission-set-session',
    });
    expect(answer(5 * MINUTE, short)).toMatchObject({ boundBy: 'role-credentials' });
  });

  it('moves out with renewed credentials, never in', () => {
    const first = answer(12 * MINUTE);
    expect(answer(12 * MINUTE, first, T0 + 5 * MINUTE).effectiveEndsAt).toBe(T0 + 17 * MINUTE);
    expect(answer(2 * MINUTE, first, T0 + 5 * MINUTE).effectiveEndsAt).toBe(T0 + 12 * MINUTE);
    expect(answer(2 * MINUTE, first, T0 + 5 * MINUTE).activeAt).toBe(T0);
  });

  it('suspends a grant whose credentials ran out, and forgets their end', () => {
    const held = answer(12 * MINUTE);
    expect(nextTick(held, [])).toBe(T0 + 12 * MINUTE);
    const out = reduceGrant(held, { type: 'tick', warnBeforeMs: [], at: T0 + 12 * MINUTE });
    expect(out).toMatchObject({
      phase: 'provisioning',
      endsAt: T0 + 30 * MINUTE,
      boundBy: 'grant',
      activeAt: T0,
    });
    expect(out).not.toHaveProperty('roleEndsAt');
    expect(out.lastProblem).toBeDefined();
    // Over after all: it had been active, so it did not fail.
    expect(reduceGrant(out, { type: 'tick', warnBeforeMs: [], at: T0 + 30 * MINUTE }).endReason).toBe(
      'expired',
    );
  });
});

describe('a clock that was set', () => {
  it('takes along whatever is to come, and leaves what was', () => {
    const ranged = openGrant(REQUEST, { notBefore: T0 - HOUR, sentAt: T0, at: T0 });
    const held = reduceGrant(ranged, {
      type: 'role-answered',
      expiresAt: T0 + 12 * MINUTE,
      warnBeforeMs: [],
      at: T0,
    });
    const set = reduceGrant(held, { type: 'clock-set', byMs: HOUR });
    expect(set).toEqual({
      ...held,
      confirmedAt: T0 + HOUR,
      endsAt: T0 + HOUR + 30 * MINUTE,
      earliestEndsAt: T0 + 30 * MINUTE,
      roleEndsAt: T0 + HOUR + 12 * MINUTE,
      effectiveEndsAt: T0 + HOUR + 12 * MINUTE,
    });
    expect(reduceGrant(set, { type: 'clock-set', byMs: -HOUR })).toEqual(held);
  });
});

describe('warnings', () => {
  const tick = (grant: Grant, at: number) => reduceGrant(grant, { type: 'tick', warnBeforeMs: WARN, at });

  it('come due at their thresholds', () => {
    expect(nextTick(active, WARN)).toBe(T0 + 25 * MINUTE);
    const five = tick(active, T0 + 25 * MINUTE);
    expect(five.warned).toEqual([5 * MINUTE]);
    expect(nextTick(five, WARN)).toBe(T0 + 29 * MINUTE);
    const one = tick(five, T0 + 29 * MINUTE);
    expect(one.warned).toEqual([5 * MINUTE, MINUTE]);
    expect(nextTick(one, WARN)).toBe(T0 + 30 * MINUTE);
    expect(tick(one, T0 + 29 * MINUTE + 1)).toBe(one);
  });

  it('come anew when the end has moved out', () => {
    const short = reduceGrant(provisioning, {
      type: 'role-answered',
      expiresAt: T0 + 10 * MINUTE,
      warnBeforeMs: WARN,
      at: T0,
    });
    const warned = tick(short, T0 + 5 * MINUTE);
    expect(warned.warned).toEqual([5 * MINUTE]);
    const renewed = reduceGrant(warned, {
      type: 'role-answered',
      expiresAt: T0 + 60 * MINUTE,
      warnBeforeMs: WARN,
      at: T0 + 6 * MINUTE,
    });
    expect(renewed.warned).toEqual([]);
  });
});

describe('giving back what is not usable', () => {
  it('falls back to provisioning when the broker does not take it', () => {
    const back = reduceGrant(provisioning, { type: 'give-back', at: NOW });
    expect(back.phase).toBe('ending');
    const failed = reduceGrant(back, { type: 'give-back-failed', problem: 'no', at: NOW });
    expect(failed).toMatchObject({ phase: 'provisioning', lastProblem: 'no' });
    expect(failed).not.toHaveProperty('givingBackSince');
  });
});
