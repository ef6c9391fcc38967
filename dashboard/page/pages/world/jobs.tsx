import type { JobRow } from '../../../console/world/view.ts'
import { now } from '../../data/clock.ts'
import { given } from '../../data/given.ts'
import { boardLink } from '../../data/operations.ts'
import { ago, count } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Table } from '../../parts/table.tsx'

/** The world's jobs, the newest first. */
export function Jobs({ jobs }: { jobs: readonly JobRow[] }) {
  if (jobs.length === 0) {
    return <Empty>No job of this world is among the newest 25 of each queue and state.</Empty>
  }
  return (
    <Table
      caption="Jobs"
      rows={jobs}
      keyOf={({ queue, id }) => `${queue} ${id}`}
      columns={[
        {
          head: 'Job',
          isText: true,
          cell: job => (given.operates ? <a href={boardLink(job)}>{nameOf(job)}</a> : nameOf(job)),
        },
        { head: 'State', cell: ({ state }) => <span class={state === 'failed' ? 'bad' : ''}>{state}</span> },
        { head: 'Added', isNumber: true, cell: ({ addedAt }) => ago(addedAt, now.value) },
        { head: 'Outcome', isText: true, cell: outcomeOf },
      ]}
    />
  )
}

const nameOf = ({ queue, id, name }: JobRow) => `${queue} ${name} ${id}`

function outcomeOf({ failedReason, progress, finishedAt }: JobRow): string {
  if (failedReason !== null) return failedReason
  if (progress) return `${count(progress.done)} of ${count(progress.total)}`
  return finishedAt === null ? '' : 'done'
}
