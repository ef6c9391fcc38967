import { defineConfig } from 'vitest/config'

/** OpenTelemetry is set up for a process once and for all, so each of these files gets a process of its own. */
const tracing = ['test/integration/tracing*.test.ts']

const common = {
  /** What all files import is loaded once a worker, not once a file, which is a minute of the whole. */
  isolate: false,
  /** A server on a busy machine may take longer than Vitest's second until what is waited for is there. */
  expect: { poll: { timeout: 15_000 } },
}
const withServers = {
  ...common,
  globalSetup: ['test/support/global-servers.ts'],
  testTimeout: 240_000,
  hookTimeout: 300_000,
}
/**
 * In CI a failed test is run once more and shown as flaky: on two busy cores a bound of time may be missed that holds
 * elsewhere. Never a proof, whose failure may be the one stale read in a thousand.
 */
const retry = process.env['CI'] ? 1 : 0

export default defineConfig({
  test: {
    maxWorkers: 2, // most tests wait for servers; Vitest's own choice on two cores is one at a time
    projects: [
      { test: { ...common, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          ...withServers,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: tracing,
          retry,
        },
      },
      { test: { ...withServers, name: 'tracing', include: tracing, isolate: true, retry } },
      { test: { ...withServers, name: 'e2e', include: ['test/e2e/**/*.test.ts'], retry } },
      { test: { ...withServers, name: 'proofs', include: ['test/proofs/**/*.test.ts'] } },
    ],
  },
})
