import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,architecture,protocol,sandbox}/**/*.test.ts'],
    // One process per core; the suites share a machine with a workbench.
    pool: 'forks',
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
