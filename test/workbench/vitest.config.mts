import { defineConfig } from 'vitest/config';

/** Tests through the UI of a served workbench: `npm run build`, then `npx vitest run --config test/workbench/vitest.config.mts`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/workbench/ui/**/*.test.ts'],
    pool: 'forks',
    allowOnly: false,
    // Each file has a workbench and a browser of its own: 1.5 GiB, and a core while it loads.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
