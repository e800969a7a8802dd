import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** What measures its process, changes it, or is so long that it should fill a worker from the start. */
const APART = [
  'test/{acceptance,browser,simulation}/**/*.test.ts',
  'test/conformance/processors*.test.ts',
  'test/integration/{corpus-processors*,start,template}.test.ts',
  'test/integration/hostile/*.test.ts',
  'test/unit/processors/isolate.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    // Two cores is the smallest machine we promise to be green on.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      { extends: true, test: { name: 'apart', include: APART } },
      {
        extends: true,
        // One process after the other would load the AWS SDK and zod a hundred times: more than half of all CPU time.
        test: {
          name: 'together',
          isolate: false,
          setupFiles: ['test/support/own-environment.ts'],
          include: ['test/**/*.test.ts'],
          exclude: APART,
        },
      },
    ],
  },
});
