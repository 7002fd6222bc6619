import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'kubernetes',
    root: import.meta.dirname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['support/setup.ts'],
    setupFiles: ['support/diagnosis.ts'],
    // No cloud to ask for credentials.
    env: { METADATA_SERVER_DETECTION: 'none' },
    pool: 'forks',
    // One node: pods of one file at a time.
    fileParallelism: false,
    sequence: { concurrent: false },
    // Tests of a file are the steps of one story.
    bail: 0,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
});
