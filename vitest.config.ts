import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'
import { Retried } from './test/support/retried.ts'
import { Slowest } from './test/support/slowest.ts'
import { Totals } from './test/support/totals.ts'

/** OpenTelemetry can be set up only once in a process, so each of these files gets a separate process. */
const tracing = ['test/integration/tracing*.test.ts']

const common = {
  /** Modules are loaded once for each worker, not for each file, which saves a minute of the whole run. */
  isolate: false,
  /** On a busy machine a server may need longer than Vitest's default of one second. */
  expect: { poll: { timeout: 15_000 } },
}
const withServers = {
  ...common,
  globalSetup: ['test/support/global-servers.ts'],
  testTimeout: 240_000,
  hookTimeout: 300_000,
}
/** They wait most of their time. After the unit tests: beside those the types are checked, and these have time limits. */
const waiting = { ...withServers, maxWorkers: 3, sequence: { groupOrder: 1 } }
/**
 * In CI a failed test is run once more and shown as flaky: on two busy cores it may exceed a time limit that it keeps
 * elsewhere. A proof is never repeated, because its failure may be the one stale read in a thousand.
 */
const retry = process.env['CI'] ? 1 : 0

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new Retried(), new Slowest(), new Totals()],
    maxWorkers: 2, // Vitest's own choice on two cores is one at a time
    projects: [
      { test: { ...common, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          ...waiting,
          name: 'integration', // and end to end: one project, so that its processes load the modules once
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: tracing,
          globalSetup: [...withServers.globalSetup, 'test/support/bundle-page.ts'],
          retry,
        },
      },
      { test: { ...waiting, name: 'tracing', include: tracing, isolate: true, retry } },
      { test: { ...withServers, name: 'proofs', include: ['test/proofs/**/*.test.ts'] } },
      {
        test: {
          ...withServers,
          name: 'many',
          include: ['test/many/*.test.ts'],
          fileParallelism: false, // each has six servers, four processes and Neo4j
          sequence: { groupOrder: 2 }, // Vitest wants one number of workers in a group
          testTimeout: 600_000,
        },
      },
      { test: { ...withServers, name: 'servers', include: ['test/servers/*.test.ts'] } },
      { test: { ...common, name: 'docker', include: ['test/docker/*.test.ts'], testTimeout: 600_000 } },
    ],
  },
})
