import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../../src/base/serverClock';

const NOW = Date.UTC(2026, 0, 15, 14, 0, 0);
const at = (ms: number) => new Date(ms).toUTCString();

describe('the clock of a server', () => {
  it('is unknown before an answer has told it', () => {
    const clock = new ServerClock();
    clock.observe(undefined, NOW, NOW + 100);
    clock.observe('yesterday', NOW, NOW + 100);
    expect(clock.offsetMs).toBeUndefined();
  });

  it.each([90_000, 0, -3_600_000])('is ahead of ours by %d ms, good to a second', ahead => {
    const clock = new ServerClock();
    // Written half-way, and without its fraction of a second.
    clock.observe(at(NOW + 700 + ahead), NOW + 600, NOW + 800);
    expect(Math.abs((clock.offsetMs ?? Number.NaN) - ahead)).toBeLessThanOrEqual(1000);
  });

  it('is not read off an answer that was slow, nor off one during which our clock was set', () => {
    const clock = new ServerClock();
    clock.observe(at(NOW), NOW, NOW + 100);
    const known = clock.offsetMs;
    clock.observe(at(NOW), NOW, NOW + 4001);
    clock.observe(at(NOW), NOW, NOW - 60_000);
    expect(clock.offsetMs).toBe(known);
  });
});
