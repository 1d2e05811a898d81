import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { connectability, isConnectable, isOlder } from '../../../src/access/connectability';
import { countdown, durationWords, formatDuration, parseDuration } from '../../../src/access/duration';
import type { Flow } from '../../../src/access/flow';
import type { Grant } from '../../../src/access/grant';
import type { Instance } from '../../../src/access/instance';
import {
  coveringGrant,
  covers,
  overlappingGrant,
  reachObstacle,
  reachReport,
} from '../../../src/access/reach';
import { isLike } from '../../../src/access/tagMatch';
import { BACK_END, FLOW, FRONT_END, MINUTE } from '../../support/access/world';

const NOW = Date.UTC(2026, 0, 15, 14, 0, 0);

const WEB: Instance = {
  id: 'i-060ee0879f3ec4eb7',
  accountId: '123456789012',
  region: 'us-east-1',
  name: 'web-1',
  state: 'running',
  tags: { Name: 'web-1', Department: 'FrontEnd' },
  ssm: { pingStatus: 'Online', agentVersion: '3.3.1142.0', lastPingAt: NOW },
};

const GRANT: Grant = {
  requestId: 'r',
  flowId: FLOW.id,
  flowLabel: FLOW.label,
  targetId: FRONT_END.id,
  target: FRONT_END,
  phase: 'active',
  approvedAt: NOW,
  activeAt: NOW,
  confirmedAt: NOW,
  endsAt: NOW + 30 * MINUTE,
  effectiveEndsAt: NOW + 30 * MINUTE,
  boundBy: 'grant',
  attempts: 0,
  warned: [],
};

describe('durations', () => {
  it.each([
    ['30m', 1800],
    ['1h', 3600],
    ['1d', 86_400],
    ['90s', 90],
    [' 2H ', 7200],
    ['0m', undefined],
    ['-5m', undefined],
    ['1.5h', undefined],
    ['1h30m', undefined],
    ['30', undefined],
    ['', undefined],
    ['99999999999999999999d', undefined],
  ])('reads %j as %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), seconds => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  it.each([
    [1800, '30 min'],
    [5400, '1 h 30 min'],
    [86_400, '1 day'],
    [45, '45 s'],
    [0, '0 s'],
    [180_061, '2 days 2 h 1 min 1 s'],
  ])('words %i s as %s', (seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });

  it.each([
    [1_781_000, '29:41'],
    [4_271_000, '1:11:11'],
    [1, '0:01'],
    [0, '0:00'],
    [-5, '0:00'],
    [90_000_000, '25:00:00'],
  ])('counts %i ms down as %s', (ms, face) => {
    expect(countdown(ms)).toBe(face);
  });
});

describe('isLike', () => {
  it.each([
    ['FrontEnd', 'FrontEnd', true],
    ['FrontEnd', 'frontend', false],
    ['Front*', 'FrontEnd', true],
    ['*End', 'FrontEnd', true],
    ['*', '', true],
    ['?', '', false],
    ['F?ontEnd', 'FrontEnd', true],
    ['F*t*d', 'FrontEnd', true],
    ['F*x*d', 'FrontEnd', false],
    ['', '', true],
    ['', 'x', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['a**b', 'ab', true],
    ['?', '😀', true],
  ])('%j %j %s', (pattern, value, expected) => {
    expect(isLike(pattern, value)).toBe(expected);
  });

  it('agrees with the same pattern as a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    const plain = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    fc.assert(
      fc.property(letters, plain, (pattern, value) => {
        const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(isLike(pattern, value)).toBe(new RegExp(`^${expression}$`, 's').test(value));
      }),
    );
  });

  it('does not blow up on a pattern made to', () => {
    expect(isLike(`${'*a'.repeat(30)}b`, 'a'.repeat(2000))).toBe(false);
  });
});

describe('reach', () => {
  it('says which condition fails first, with both sides', () => {
    expect(reachObstacle(FRONT_END, WEB)).toBeUndefined();
    expect(reachObstacle(BACK_END, WEB)).toEqual({
      kind: 'tag',
      key: 'Department',
      wanted: 'BackEnd',
      actual: 'FrontEnd',
    });
    expect(reachObstacle(FRONT_END, { ...WEB, tags: {} })).toEqual({
      kind: 'tag',
      key: 'Department',
      wanted: 'FrontEnd',
    });
    expect(reachObstacle(BACK_END, { ...WEB, accountId: '210987654321' })).toEqual({
      kind: 'account',
      wanted: '123456789012',
      actual: '210987654321',
    });
  });

  it('does not take an inherited property for a tag', () => {
    const target = { ...FRONT_END, instanceTags: { constructor: '*' } };
    expect(reachObstacle(target, WEB)).toEqual({ kind: 'tag', key: 'constructor', wanted: '*' });
  });

  it('reaches every instance of the account without conditions', () => {
    expect(reachObstacle({ ...FRONT_END, instanceTags: {} }, { ...WEB, tags: {} })).toBeUndefined();
  });

  it('names ways for emergencies last', () => {
    const emergency: Flow = { ...FLOW, id: 'emergency', breakGlass: true };
    const { reaching } = reachReport([emergency, FLOW], WEB);
    expect(reaching.map(({ flow }) => flow.id)).toEqual([FLOW.id, 'emergency']);
  });

  it('reports near misses before other accounts', () => {
    const elsewhere: Flow = { ...FLOW, id: 'other', targets: [{ ...BACK_END, accountId: '210987654321' }] };
    const report = reachReport([elsewhere, FLOW], WEB);
    expect(report.reaching.map(({ target }) => target.label)).toEqual(['FrontEnd SSH']);
    expect(report.failing.map(({ flow, obstacle }) => [flow.id, obstacle.kind])).toEqual([
      [FLOW.id, 'tag'],
      ['other', 'account'],
    ]);
  });

  it('is covered by an active grant until its effective end, and by nothing else', () => {
    expect(covers(GRANT, WEB, NOW)).toBe(true);
    expect(covers(GRANT, WEB, NOW + 30 * MINUTE - 1)).toBe(true);
    expect(covers(GRANT, WEB, NOW + 30 * MINUTE)).toBe(false);
    for (const phase of ['provisioning', 'ending', 'ended'] as const) {
      expect(covers({ ...GRANT, phase }, WEB, NOW)).toBe(false);
    }
    expect(covers(GRANT, { ...WEB, tags: { Department: 'BackEnd' } }, NOW)).toBe(false);
  });

  it('picks the grant that ends last', () => {
    const longer = { ...GRANT, requestId: 'longer', effectiveEndsAt: NOW + 60 * MINUTE };
    expect(coveringGrant([GRANT, longer], WEB, NOW)).toBe(longer);
    expect(coveringGrant([longer, GRANT], WEB, NOW)).toBe(longer);
    const { effectiveEndsAt: _none, ...endless } = GRANT;
    expect(coveringGrant([longer, endless], WEB, NOW)).toBe(endless);
    expect(coveringGrant([], WEB, NOW)).toBeUndefined();
    expect(overlappingGrant([GRANT, longer], FLOW.id, FRONT_END.id)).toBe(longer);
    expect(overlappingGrant([{ ...GRANT, phase: 'ended' }], FLOW.id, FRONT_END.id)).toBeUndefined();
    expect(overlappingGrant([GRANT], FLOW.id, BACK_END.id)).toBeUndefined();
  });
});

describe('connectability', () => {
  const ask = (instance: Instance, grants: readonly Grant[] = [], flows = [FLOW]) =>
    connectability(instance, { flows, grants, now: NOW });
  const ssm = WEB.ssm ?? { pingStatus: 'Online' };
  const { ssm: _ssm, ...unmanaged } = WEB;

  it('names the first thing in the way', () => {
    expect(ask({ ...WEB, state: 'stopped' }, [GRANT])).toEqual({ kind: 'not-running', state: 'stopped' });
    expect(ask(unmanaged, [GRANT])).toEqual({ kind: 'not-managed', missing: 'unknown' });
    expect(ask({ ...WEB, ssm: { ...ssm, pingStatus: 'ConnectionLost', lastPingAt: 7 } }, [GRANT])).toEqual({
      kind: 'ping-lost',
      since: 7,
    });
    expect(ask({ ...WEB, ssm: { pingStatus: 'Inactive' } }, [GRANT])).toEqual({ kind: 'ping-lost' });
    expect(ask({ ...WEB, ssm: { ...ssm, agentVersion: '2.2.1.0' } }, [GRANT])).toEqual({
      kind: 'agent-too-old',
      agentVersion: '2.2.1.0',
      needed: '2.3.68.0',
    });
    expect(ask(WEB)).toMatchObject({ kind: 'no-grant', reaching: [{ target: FRONT_END }] });
    expect(ask({ ...WEB, tags: { Department: 'Sales' } })).toMatchObject({
      kind: 'no-flow',
      failing: [{ obstacle: { actual: 'Sales' } }, { obstacle: { actual: 'Sales' } }],
    });
    expect(ask(WEB, [GRANT])).toEqual({ kind: 'ok', grant: GRANT });
  });

  it('counts as the same what it says is ready', () => {
    const counted = [
      WEB,
      { ...WEB, state: 'stopped' as const },
      unmanaged,
      { ...WEB, tags: { Department: 'Sales' } },
    ];
    const context = { flows: [FLOW], grants: [GRANT], now: NOW };
    expect(counted.map(one => isConnectable(one, context))).toEqual([true, false, false, false]);
    for (const one of counted)
      expect(isConnectable(one, context)).toBe(connectability(one, context).kind === 'ok');
    expect(isConnectable(WEB, { ...context, grants: [] })).toBe(false);
  });

  it('asks more of the agent for a remote host', () => {
    const older = { ...WEB, ssm: { ...ssm, agentVersion: '3.1.1188.0' } };
    const context = { flows: [FLOW], grants: [GRANT], now: NOW };
    expect(connectability(older, { ...context, wants: 'remote-host' }).kind).toBe('agent-too-old');
    expect(connectability(older, { ...context, wants: 'port' }).kind).toBe('ok');
  });

  it.each([
    ['3.1.9', '3.1.10', true],
    ['3.1', '3.1.0.0', false],
    ['3.1.0.1', '3.1', false],
    ['4', '3.9.9.9', false],
    ['unknown', '3.1', false],
  ])('%s is older than %s: %s', (version, than, expected) => {
    expect(isOlder(version, than)).toBe(expected);
  });
});
