import { defineConfig } from 'vitest/config';

const skipped = ['**/node_modules/**', 'dist/**', 'data/**'];
const everyTest = '**/*.test.ts';
/** News of a commit wait for the oldest transaction of the whole cluster, also for that of a neighbour; the usual second is too short for it. */
const patient = { poll: { timeout: 15_000 } };

/**
 * One project per kind of test; the kind stands in the file's name. Files without a browser share one process: each test makes what it needs anew,
 * and to load every module for every file would take as long as the tests.
 */
export default defineConfig({
  test: {
    // A test that takes a lot of the two cores must not make its neighbour fail.
    maxWorkers: 2,
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: [everyTest],
          exclude: [...skipped, '**/*.db.test.ts', '**/*.browser.test.ts', '**/*.servers.test.ts'],
          setupFiles: ['./e2e/fixed-seed.ts'],
          isolate: false,
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'db',
          include: ['**/*.db.test.ts'],
          exclude: skipped,
          globalSetup: ['./e2e/global-setup.ts'],
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['**/*.browser.test.ts'],
          exclude: skipped,
          globalSetup: ['./e2e/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'servers',
          include: ['**/*.servers.test.ts'],
          exclude: skipped,
          globalSetup: ['./e2e/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: patient,
        },
      },
    ],
  },
});
