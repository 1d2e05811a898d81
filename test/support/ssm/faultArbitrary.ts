import fc from 'fast-check';
import type { FaultSchedule } from './simulatedService';

/** Everything that may go wrong between client and agent at once, within what a session survives. */
export const anyFaults: fc.Arbitrary<FaultSchedule> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  latencyMs: fc.nat(120),
  jitterMs: fc.oneof(fc.constant(0), fc.nat(200)),
  dropRate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.3, noNaN: true })),
  duplicateRate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.3, noNaN: true })),
  closesAt: fc.array(fc.nat(4000), { maxLength: 4 }),
  blackouts: fc.array(fc.record({ at: fc.nat(3000), lastsMs: fc.nat(45_000) }), { maxLength: 1 }),
  resumeFailures: fc.nat(3),
  resumeMs: fc.nat(500),
});
