import { fileURLToPath } from 'node:url'
import { openReporting, type Reporting } from '../support/reporting.ts'
import { type Counts, countNames, type RegisterSetup, type Status } from './setup.ts'

/** The processes of a register test, as their newest reports have them. */
export interface Fleet extends Omit<Reporting<Status>, 'send'> {
  /** Sums over all processes. */
  counts(): Counts
  start(): void
  /** Resolves when all have stopped acting and made their last reports. */
  stop(): Promise<void>
}

const limitMs = 120_000
const file = fileURLToPath(new URL('process.ts', import.meta.url))

/** Starts the processes, and resolves when they are ready. */
export async function openFleet(setup: Omit<RegisterSetup, 'index'>): Promise<Fleet> {
  const setups = Array.from({ length: setup.processes }, (_, index) => ({ ...setup, index }))
  const { send, ...processes } = await openReporting<Status>({ file, setups, limitMs })
  return {
    ...processes,
    counts: () =>
      processes
        .statuses()
        .map(({ counts }) => counts)
        .reduce(added),
    start: () => send('start'),
    async stop() {
      send('stop')
      await processes.until(all => all.every(status => status.ended), 'every process has stopped')
    },
  }
}

function added(a: Counts, b: Counts): Counts {
  return Object.fromEntries(countNames.map(name => [name, a[name] + b[name]])) as Counts
}
