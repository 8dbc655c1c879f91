import { defineConfig } from 'vitest/config';

/** Fast suite: packages/** and test/**; nightly: *.nightly.ts; S3 suites (*.s3.test.ts) need a Ceph, which test/ starts. */
const nightly = process.env.LABELMILL_TEST_SUITE === 'nightly';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    include: nightly ? ['test/**/*.nightly.ts'] : ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    execArgv: ['--conditions=source'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
