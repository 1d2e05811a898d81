import fc from 'fast-check';
import { it } from 'vitest';
import { muxProperty, streamProperty } from './streamProperties';

it('loses, repeats and changes nothing under 2,000 random schedules of faults', async () => {
  await fc.assert(streamProperty, { numRuns: 2000, includeErrorInReport: true });
});

it('keeps the connections of a forward apart and whole under 300 of them', async () => {
  await fc.assert(muxProperty, { numRuns: 300, includeErrorInReport: true });
});
