import type { QueueRow } from '../../../console/jobs-shown.ts'
import { given } from '../../data/given.ts'
import { pause, resume } from '../../data/queue-operations.ts'
import { count, duration, or, rate } from '../../data/words.ts'
import { type Column, Table } from '../../parts/table.tsx'

export function QueueTable({ rows }: { rows: readonly QueueRow[] }) {
  return (
    <Table
      caption="Queues"
      keyOf={({ name }) => name}
      rows={rows}
      columns={given.operates ? [...columns, actions] : columns}
    />
  )
}

const columns: readonly Column<QueueRow>[] = [
  {
    head: 'Queue',
    cell: ({ name, isPaused }) => (
      <>
        {given.operates ? <a href={`/queues/queue/${name}`}>{name}</a> : name}
        {isPaused && <strong class="bad"> paused</strong>}
      </>
    ),
  },
  { head: 'Waiting', isNumber: true, cell: ({ waiting }) => count(waiting) },
  { head: 'Oldest waits', isNumber: true, cell: ({ oldestWaitingMs }) => or(oldestWaitingMs, duration) },
  { head: 'Active', isNumber: true, cell: ({ active, parents }) => count(active + parents) },
  { head: 'To retry', isNumber: true, cell: ({ delayed }) => count(delayed) },
  { head: 'Failed', isNumber: true, cell: ({ failed }) => badAbove0(failed) },
  { head: 'Done a minute', isNumber: true, cell: ({ donePerMinute }) => or(donePerMinute, rate) },
  { head: 'Failed a minute', isNumber: true, isExtra: true, cell: row => or(row.failedPerMinute, rate) },
  {
    head: 'Workers',
    isNumber: true,
    cell: ({ workers }) => (workers === 0 ? <strong class="bad">none</strong> : or(workers, count)),
  },
]

const actions: Column<QueueRow> = {
  head: 'By hand',
  cell: ({ name, isPaused }) =>
    isPaused ? (
      <button type="button" onClick={() => resume(name)} aria-label={`Resume ${name}`}>
        Resume
      </button>
    ) : (
      <button type="button" onClick={() => pause(name)} aria-label={`Pause ${name}`}>
        Pause
      </button>
    ),
}

const badAbove0 = (n: number) => (n > 0 ? <strong class="bad">{count(n)}</strong> : '0')
