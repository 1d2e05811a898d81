import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/access/grant';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { statusText } from '../../../src/ui/model/access/statusText';
import {
  ageText,
  bytesText,
  calmRemainingText,
  minuteChangeMs,
  remainingText,
  spanText,
  spokenRemaining,
} from '../../../src/ui/model/timeText';
import { backEnd, grant, MINUTE, NOW, request } from './samples';

const withoutEnd = ({ effectiveEndsAt: _end, endsAt: _own, boundBy: _by, ...rest }: Grant): Grant => rest;
const status = (state: Partial<Parameters<typeof statusText>[1]>) =>
  statusText(l10n, { requests: [], grants: [], now: NOW, warnBelowMs: 5 * MINUTE, ...state });

describe('the status bar', () => {
  it('is silent when there is nothing to say', () => {
    expect(status({})).toBeUndefined();
    expect(
      status({ grants: [grant({ phase: 'ended' })], requests: [request({ phase: 'denied' })] }),
    ).toBeUndefined();
  });

  it('counts whole minutes and changes once a minute while there is time', () => {
    const text = status({ grants: [grant({ effectiveEndsAt: NOW + 29 * MINUTE + 500 })] });
    expect(text).toMatchObject({
      text: '$(unlock) FrontEnd SSH 30 min',
      spoken: 'FrontEnd SSH access, 30 minutes left',
      nextChangeMs: 500,
    });
    expect(text).not.toHaveProperty('background');
  });

  it('counts seconds in the last ten minutes', () => {
    const text = status({ grants: [grant({ effectiveEndsAt: NOW + 9 * MINUTE + 41_300 })] });
    expect(text?.text).toBe('$(unlock) FrontEnd SSH 9:42');
    expect(text?.nextChangeMs).toBe(300);
    expect(text).not.toHaveProperty('background');
  });

  it('warns in the last five minutes, and not a moment before', () => {
    const calm = status({ grants: [grant({ effectiveEndsAt: NOW + 5 * MINUTE + 1 })] });
    expect(calm).not.toHaveProperty('background');
    expect(calm?.text).toBe('$(unlock) FrontEnd SSH 5:01');
    const last = status({ grants: [grant({ effectiveEndsAt: NOW + 5 * MINUTE })] });
    expect(last).toMatchObject({ background: 'warning', text: '$(warning) FrontEnd SSH 5:00' });
  });

  it('warns from the first warning of the settings on, and never without one', () => {
    const grants = [grant({ effectiveEndsAt: NOW + 20 * MINUTE })];
    expect(status({ grants, warnBelowMs: 30 * MINUTE })?.background).toBe('warning');
    expect(status({ grants: [grant({ effectiveEndsAt: NOW + 1 })], warnBelowMs: 0 })?.background).toBe(
      undefined,
    );
  });

  it('says what bounds the end, and that it is the latest', () => {
    const tooltip = (more: Parameters<typeof grant>[0]) => status({ grants: [grant(more)] })?.tooltip;
    expect(tooltip({})).toMatch(/^FrontEnd SSH: ends at \d\d:\d\d$/);
    expect(tooltip({ boundBy: 'permission-set-session' })).toMatch(/bound by the longest session/);
    expect(tooltip({ earliestEndsAt: NOW })).toMatch(/at the latest$/);
    expect(status({ grants: [withoutEnd(grant())] })).toMatchObject({
      text: '$(unlock) FrontEnd SSH',
      tooltip: 'FrontEnd SSH is active until it is ended',
      spoken: 'FrontEnd SSH access',
    });
  });

  it('marks break-glass access by sign, word, background and voice, as long as it lasts', () => {
    const text = status({
      grants: [
        grant({ breakGlass: true, effectiveEndsAt: NOW + 50 * MINUTE }),
        grant({ requestId: 'b', target: backEnd, effectiveEndsAt: NOW + 12 * MINUTE }),
      ],
    });
    expect(text).toMatchObject({
      text: '$(flame) Break-glass 2 grants · 12 min',
      background: 'emergency',
      spoken: 'Break-glass: 2 grants, the next ends in 12 minutes',
    });
    expect(text?.tooltip).toContain('FrontEnd SSH (break-glass)');
  });

  it('shows the nearest end of several', () => {
    const text = status({
      grants: [
        grant({ effectiveEndsAt: NOW + 50 * MINUTE }),
        grant({ requestId: 'b', target: backEnd, targetId: backEnd.id, effectiveEndsAt: NOW + 12 * MINUTE }),
      ],
    });
    expect(text?.text).toBe('$(unlock) 2 grants · 12 min');
    expect(text?.tooltip.split('\n')[0]).toContain('BackEnd SSH');
  });

  it('says what it waits for', () => {
    expect(status({ requests: [request()] })?.text).toBe('$(sync~spin) FrontEnd SSH: waiting');
    expect(status({ requests: [request({ phase: 'approved' })] })?.text).toBe(
      '$(sync~spin) FrontEnd SSH: approved',
    );
    expect(
      status({ requests: [request({ phase: 'approved' })], grants: [grant({ phase: 'provisioning' })] })
        ?.text,
    ).toBe('$(sync~spin) FrontEnd SSH: setting up');
    expect(
      status({ requests: [request({ phase: 'approved' })], grants: [grant({ phase: 'ending' })] })?.text,
    ).toBe('$(sync~spin) FrontEnd SSH: giving back');
  });

  it('says what it waits for in vain', () => {
    const stuck = grant({ phase: 'provisioning', lastProblemCode: 'signed-out', lastProblem: 'out' });
    expect(status({ grants: [stuck] })).toMatchObject({
      text: '$(warning) FrontEnd SSH: sign in to use it',
      spoken: 'FrontEnd SSH, approved, but you are signed out of AWS',
    });
    const problem = { code: 'network', message: 'down', since: NOW } as const;
    expect(status({ requests: [request({ problem })] })?.tooltip).toMatch(/cannot be followed/);
  });

  it('prefers what is active to what still waits', () => {
    const text = status({ requests: [request({ id: 'b', target: backEnd })], grants: [grant()] });
    expect(text?.text).toContain('FrontEnd SSH 29 min');
    expect(text?.tooltip).toContain('BackEnd SSH: waiting for approval');
  });
});

describe('times and sizes in words', () => {
  it('has no seconds where they would stand still', () => {
    expect(calmRemainingText(l10n, 9 * MINUTE + 1)).toBe('10 min');
    expect(calmRemainingText(l10n, 1)).toBe('1 min');
    expect(minuteChangeMs([NOW + 9 * MINUTE + 300, NOW + 3 * MINUTE + 200], NOW)).toBe(200);
    expect(minuteChangeMs([NOW + 3 * MINUTE], NOW)).toBe(MINUTE);
    expect(minuteChangeMs([], NOW)).toBe(MINUTE);
  });

  it.each([
    [90 * MINUTE, '1 h 30 min'],
    [60 * MINUTE, '1 h'],
    [10 * MINUTE, '10 min'],
    [10 * MINUTE - 1000, '9:59'],
    [0, '0:00'],
    [-5, '0:00'],
  ])('%d ms left reads %s', (ms, text) => expect(remainingText(l10n, ms)).toBe(text));

  it.each([
    [40_000, '40 seconds'],
    [MINUTE, '1 minute'],
    [5 * MINUTE, '5 minutes'],
    [65 * MINUTE, '1 h 5 minutes'],
  ])('%d ms left is spoken %s', (ms, text) => expect(spokenRemaining(l10n, ms)).toBe(text));

  it.each([
    [30_000, 'less than a minute'],
    [4 * MINUTE, '4 min'],
    [3 * 60 * MINUTE, '3 h'],
    [72 * 60 * MINUTE, '3 days'],
  ])('%d ms ago reads %s', (ms, text) => expect(ageText(l10n, ms)).toBe(text));

  it.each([
    [45, '45 s'],
    [1800, '30 min'],
    [3600, '1 h'],
  ])('a span of %d s reads %s', (seconds, text) => expect(spanText(l10n, seconds)).toBe(text));

  it.each([
    [999, '999 B'],
    [41_000, '41 KB'],
    [1_250_000, '1.3 MB'],
  ])('%d bytes read %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));
});
