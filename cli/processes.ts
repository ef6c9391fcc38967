import type { ProcessRow } from '../jobs/operations.ts'
import { type Cell, table } from './table.ts'
import { bytes, count, duration, print } from './terminal.ts'
import { type Flags, withHearth } from './with-hearth.ts'

/** `hearth processes`: the processes of the fleet, how they are, and in what their configurations differ. */
export const processes = (flags: Flags & { json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ operations }) => {
    const found = await operations.processes()
    print(flags.json ? JSON.stringify(found) : processReport(found))
  })

const head = [
  'process',
  'host and number',
  'version',
  'config',
  'cache',
  'near',
  'differs in',
  'runs for',
  'late by',
  'memory',
  'heap',
]

export function processReport(found: readonly ProcessRow[], now = Date.now()): string {
  if (found.length === 0) return 'No process announces itself here.'
  return table(
    head,
    found.map(process => cellsOf(process, now)),
    7,
  )
}

const unknown = 'not known'

function cellsOf({ name, by, since, lostAt, version, config, differences, status }: ProcessRow, now: number) {
  const differs: Cell = differences.map(
    ({ part, here, there }) => `${part}: ${there ?? 'none'}, others ${here ?? 'none'}`,
  )
  const known: Cell[] = [name, by, version ?? unknown, config]
  if (lostAt !== null) return [...known, `lost ${duration(now - lostAt)} ago`, '', differs, '', '', '', '']
  const age = since === null ? unknown : duration(now - since)
  if (!status) return [...known, unknown, unknown, differs, age, unknown, unknown, unknown]
  const { cache, near, loopDelayMs, rssBytes, heapBytes } = status
  const nearBy = near ? `${near.state}, ${count(near.entries)}, ${bytes(near.bytes)}` : 'none'
  return [...known, cache, nearBy, differs, age, duration(loopDelayMs), bytes(rssBytes), bytes(heapBytes)]
}
