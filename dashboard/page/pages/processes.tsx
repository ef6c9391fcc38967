import type { ProcessRow } from '../../../jobs/operations.ts'
import type { ProcessesFigure } from '../../console/processes.ts'
import { now } from '../data/clock.ts'
import { usePoll } from '../data/poll.ts'
import { bytes, clock, count, duration } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { type Column, Table } from '../parts/table.tsx'

export function Processes() {
  const asked = usePoll<ProcessesFigure>('/api/v1/console/processes').value
  return (
    <Page title="Processes">
      <Section title="The fleet">
        <Figure of={asked} what="The processes">
          {answer => (
            <Figure of={answer} what="The processes">
              {rows => <Fleet rows={rows} />}
            </Figure>
          )}
        </Figure>
      </Section>
    </Page>
  )
}

function Fleet({ rows }: { rows: readonly ProcessRow[] }) {
  if (rows.length === 0) {
    return (
      <Empty>
        No process announces itself here. <code>hearth worker</code>, <code>hearth scheduler</code> and games
        do, unless they were given <code>processName: false</code>.
      </Empty>
    )
  }
  return <Table caption="Processes" keyOf={keyOf} rows={rows} columns={columns} />
}

const keyOf = ({ name, by, since }: ProcessRow) => `${name} ${by} ${since}`
const notKnown = <span class="note">not known</span>

const columns: readonly Column<ProcessRow>[] = [
  {
    head: 'Process',
    cell: ({ name, lostAt }) => (
      <>
        {name}
        {lostAt !== null && <strong class="bad"> lost since {clock(lostAt)}</strong>}
      </>
    ),
  },
  { head: 'Host and pid', cell: ({ by }) => by },
  { head: 'Version', cell: ({ version }) => version ?? notKnown },
  {
    head: 'Runs for',
    isNumber: true,
    cell: ({ since }) => (since === null ? notKnown : duration(Math.max(0, now.value - since))),
  },
  { head: 'Configuration', cell: row => <Configuration row={row} /> },
  {
    head: 'Cache',
    cell: ({ status }) => (status ? <State is={status.cache} well={['trusted']} /> : notKnown),
  },
  { head: 'Near cache', cell: ({ status }) => (status ? <Near near={status.near} /> : notKnown) },
  {
    head: 'Loop late by',
    isNumber: true,
    cell: ({ status }) => (status ? <Late ms={status.loopDelayMs} /> : notKnown),
  },
  { head: 'Memory', isNumber: true, cell: ({ status }) => (status ? bytes(status.rssBytes) : notKnown) },
  {
    head: 'Heap',
    isNumber: true,
    isExtra: true,
    cell: ({ status }) => (status ? bytes(status.heapBytes) : notKnown),
  },
]

/** Of a process; `hearth processes` has all. */
const maxDifferences = 3

function Configuration({ row: { config, differences } }: { row: ProcessRow }) {
  if (differences.length === 0) return <code>{config}</code>
  return (
    <>
      <code>{config}</code> <strong class="bad">differs</strong>
      <ul class="differences">
        {differences.slice(0, maxDifferences).map(({ part, here, there }) => (
          <li key={part}>
            <code>{part}</code>: {there ?? 'none'}, others {here ?? 'none'}
          </li>
        ))}
        {differences.length > maxDifferences && <li>and {differences.length - maxDifferences} more</li>}
      </ul>
    </>
  )
}

const State = ({ is, well }: { is: string; well: readonly string[] }) =>
  well.includes(is) ? <span>{is}</span> : <strong class="bad">{is}</strong>

type Status = NonNullable<ProcessRow['status']>

function Near({ near }: { near: Status['near'] }) {
  if (!near) return <>none</>
  return (
    <>
      <State is={near.state} well={['armed', 'connecting']} />, {count(near.entries)} entries,{' '}
      {bytes(near.bytes)}
    </>
  )
}

/** What delays every answer of a process by this is worth a look. Milliseconds. */
const lateMs = 200

const Late = ({ ms }: { ms: number }) =>
  ms < lateMs ? <span>{duration(ms)}</span> : <strong class="bad">{duration(ms)}</strong>
