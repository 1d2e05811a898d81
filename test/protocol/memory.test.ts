import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundleProgram } from '../../scripts/build.mjs';
import { stalledReader } from '../bench/sessionsMemory';
import { Peer } from '../bench/sessionsService';

const MIB = 2 ** 20;

/** As little as it takes for a fresh process to grow as far as it will; the bench does the same with 1 GiB. */
const BYTES = 128 * MIB;

it('a forward whose reader stalls stays within 32 MiB of what its process needed when idle', async () => {
  const program = fileURLToPath(new URL('../../out/programs/memory.test.mjs', import.meta.url));
  await bundleProgram('test/bench/sessions.bench.ts', program);
  const peer = await new Peer(program).ready();
  try {
    const memory = await stalledReader(program, await peer.session('source', false), {
      bytes: BYTES,
      stallEvery: BYTES / 4,
    });
    expect(memory.stalls).toBe(4);
    // It did hold something for the reader, and it was this process that was measured.
    expect(memory.stalledMiB).toBeGreaterThan(1);
    expect(memory.peakMiB).toBeGreaterThanOrEqual(memory.stalledMiB);
    expect(memory.peakMiB).toBeLessThan(32);
  } finally {
    peer.stop();
  }
});
