import fc from 'fast-check';
import { muxProperty, streamProperty } from './streamProperties';

/** Runs of the fault properties: the first argument, or 100,000; a tenth of them through a port forward. */
const runs = Number(process.argv[2] ?? process.env.SOAK_RUNS ?? 100_000);
const startedAt = Date.now();
let done = 0;

function reportEvery(count: number): void {
  done++;
  if (done % count !== 0) return;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(
    JSON.stringify({ runs: done, seconds, rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20) }),
  );
}

const counted = fc.afterEach(() => reportEvery(5000));
const streamRuns = Math.ceil(runs * 0.9);
await fc.assert(streamProperty, { numRuns: streamRuns, includeErrorInReport: true, plugins: [counted] });
await fc.assert(muxProperty, { numRuns: runs - streamRuns, includeErrorInReport: true, plugins: [counted] });
console.log(
  JSON.stringify({ runs: done, seconds: Math.round((Date.now() - startedAt) / 1000), failures: 0 }),
);
