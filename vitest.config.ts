import { defineConfig } from 'vitest/config'

/** What all files import is loaded once a worker, not once a file, which is a minute of the whole. */
const isolate = false
/** But for these: OpenTelemetry is set up for a process once and for all. */
const tracing = ['test/integration/tracing*.test.ts']

export default defineConfig({
  test: {
    maxWorkers: 2, // most tests wait for servers; Vitest's own choice on two cores is one at a time
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000, isolate } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: tracing,
          globalSetup: ['test/support/global-servers.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          isolate,
        },
      },
      {
        test: {
          name: 'tracing',
          include: tracing,
          globalSetup: ['test/support/global-servers.ts'],
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-servers.ts'],
          testTimeout: 240_000,
          hookTimeout: 300_000,
          isolate,
        },
      },
    ],
  },
})
