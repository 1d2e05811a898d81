import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest file begins first, so that none is left over for one process alone. A file's chapters lie in the folder of its name. */
class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve([...files].sort((a, b) => bytesOf(b.moduleId) - bytesOf(a.moduleId)));
  }
}

function bytesOf(file: string): number {
  const folder = file.replace(/\.test\.ts$/, '');
  const chapters = existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : [];
  return [file, ...chapters].reduce((sum, path) => sum + statSync(path).size, 0);
}

/** Tests through the UI of a served workbench: `npm run build`, then `npx vitest run --config test/workbench/vitest.config.mts`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/workbench/ui/**/*.test.ts'],
    pool: 'forks',
    allowOnly: false,
    // Each file has a workbench and a browser of its own: 1.5 GiB, and a core while it loads.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // For a hang only, as everything here: vitest alone gives up after a second.
    expect: { poll: { timeout: 60_000 } },
  },
});
