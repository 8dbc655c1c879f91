import { defineConfig } from 'vitest/config';

/**
 * fast: every change, needs Redis · s3: needs a real S3, which test/parts starts · prometheus: likewise a Prometheus ·
 * browser: likewise Chromium · nightly: what takes longer.
 * Chosen by scripts/run-tests.sh.
 */
const suites: Record<string, { include: string[]; exclude: string[] }> = {
  fast: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/**/*.s3.test.ts', 'test/**/*.prometheus.test.ts', 'test/**/*.browser.test.ts'],
  },
  s3: { include: ['test/**/*.s3.test.ts'], exclude: [] },
  prometheus: { include: ['test/**/*.prometheus.test.ts'], exclude: [] },
  browser: { include: ['test/**/*.browser.test.ts'], exclude: [] },
  nightly: { include: ['test/**/*.nightly.ts'], exclude: [] },
};
const suite = suites[process.env.LABELMILL_TEST_SUITE ?? 'fast'];
if (suite === undefined) throw new Error(`LABELMILL_TEST_SUITE is one of ${Object.keys(suites).join(', ')}`);

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    ...suite,
    exclude: ['**/node_modules/**', ...suite.exclude],
    execArgv: ['--conditions=source'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
