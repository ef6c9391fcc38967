import { defineConfig } from 'vitest/config'

/** What all files import is loaded once a worker, not once a file, which is a minute of the whole. */
const isolate = false
/** A server on a busy machine may take longer than Vitest's second until what is waited for is there. */
const waiting = { poll: { timeout: 15_000 } }
/**
 * In CI a test that fails is run once more and shown as flaky: its machine's two cores also run what else is there, and a
 * bound of time that passes alone may not hold there. Tests that show that nothing is stale or lost say `retry: 0`.
 */
const retry = process.env['CI'] ? 1 : 0
/** But for these: OpenTelemetry is set up for a process once and for all. */
const tracing = ['test/integration/tracing*.test.ts']

export default defineConfig({
  test: {
    maxWorkers: 2, // most tests wait for servers; Vitest's own choice on two cores is one at a time
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 60_000,
          isolate,
          expect: waiting,
          retry,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: tracing,
          globalSetup: ['test/support/global-servers.ts'],
          testTimeout: 180_000,
          expect: waiting,
          retry,
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
          expect: waiting,
          retry,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-servers.ts'],
          testTimeout: 240_000,
          expect: waiting,
          retry,
          hookTimeout: 300_000,
          isolate,
        },
      },
    ],
  },
})
