import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,architecture,protocol,sandbox}/**/*.test.ts'],
    pool: 'forks',
    // A process for each core; by itself vitest leaves one idle.
    maxWorkers: availableParallelism(),
    // No module keeps state (test/architecture), so a process runs file after file, and imports what they share once.
    isolate: false,
    allowOnly: false,
    // For what hangs, not for what is slow: on a busy machine anything takes many times as long.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
