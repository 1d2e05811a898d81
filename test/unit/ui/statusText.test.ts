import { describe, expect, it } from 'vitest';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { statusText } from '../../../src/ui/model/statusText';
import { ageText, bytesText, remainingText, spanText, spokenRemaining } from '../../../src/ui/model/timeText';
import { backEnd, grant, MINUTE, NOW, request } from './samples';

const status = (state: Partial<Parameters<typeof statusText>[1]>) =>
  statusText(l10n, { requests: [], grants: [], now: NOW, ...state });

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
      warning: false,
      nextChangeMs: 500,
    });
  });

  it('counts seconds in the last ten minutes', () => {
    const text = status({ grants: [grant({ effectiveEndsAt: NOW + 9 * MINUTE + 41_300 })] });
    expect(text?.text).toBe('$(unlock) FrontEnd SSH 9:42');
    expect(text?.nextChangeMs).toBe(300);
    expect(text?.warning).toBe(false);
  });

  it('warns in the last five minutes, and not a moment before', () => {
    expect(status({ grants: [grant({ effectiveEndsAt: NOW + 5 * MINUTE + 1 })] })?.warning).toBe(false);
    expect(status({ grants: [grant({ effectiveEndsAt: NOW + 5 * MINUTE })] })?.warning).toBe(true);
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
    expect(
      status({ requests: [request({ phase: 'approved' })], grants: [grant({ phase: 'provisioning' })] })
        ?.text,
    ).toBe('$(sync~spin) FrontEnd SSH: setting up');
  });

  it('prefers what is active to what still waits', () => {
    const text = status({ requests: [request({ id: 'b', target: backEnd })], grants: [grant()] });
    expect(text?.text).toContain('FrontEnd SSH 29 min');
  });
});

describe('times and sizes in words', () => {
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
