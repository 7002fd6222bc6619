import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'parts',
          include: [
            '{packages,services}/*/test/**/*.test.ts',
            '{operator,bench,conformance,chaos,scripts}/**/*.test.ts',
          ],
          globalSetup: ['scripts/test/global-setup.ts'],
          // Tests must not depend on their order, nor on what another file does at the same time.
          sequence: { shuffle: true },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      // The official clients against the platform, which this project starts as a user would.
      './e2e/vitest.config.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 30_000,
  },
});
