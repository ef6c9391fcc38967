import type { QueueFailures } from '../../../console/jobs-shown.ts'
import { now } from '../../data/clock.ts'
import { given } from '../../data/given.ts'
import { boardLink } from '../../data/operations.ts'
import { retryGroup, retryJob } from '../../data/queue-operations.ts'
import { ago, count } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { type Column, Table } from '../../parts/table.tsx'

type Row = QueueFailures['groups'][number] & { queue: string }

/** Failed jobs of all queues by their reasons, in which ids and numbers are left out. */
export function FailureGroups({ failures }: { failures: readonly QueueFailures[] }) {
  const rows = failures.flatMap(({ queue, groups }) => groups.map(group => ({ queue, ...group })))
  if (rows.length === 0) {
    return (
      <Empty>
        No job has failed in the last week. One that does is tried again by itself first; here stand those
        that were given up. <code>{'hearth jobs <queue>'}</code> lists jobs of any state.
      </Empty>
    )
  }
  return (
    <>
      <p class="note">
        Of the newest 200 of each queue, which are kept for a week. Ids and numbers are left out of the
        reasons;
        {given.operates ? ' the link has the whole.' : ' an operator sees the whole.'}
      </p>
      <Table
        caption="Failed jobs by reason"
        keyOf={({ queue, reason }) => `${queue} ${reason}`}
        rows={rows}
        columns={given.operates ? [...columns, actions] : columns}
      />
    </>
  )
}

const columns: readonly Column<Row>[] = [
  { head: 'Queue', cell: ({ queue }) => queue },
  { head: 'Reason', isText: true, cell: ({ reason }) => reason },
  { head: 'Jobs', isNumber: true, cell: ({ jobs }) => count(jobs) },
  { head: 'Last', isNumber: true, cell: ({ lastAt }) => ago(lastAt, now.value) },
  {
    head: 'Last job',
    cell: ({ queue, lastId }) =>
      given.operates ? <a href={boardLink({ queue, id: lastId })}>{lastId}</a> : lastId,
  },
]

const actions: Column<Row> = {
  head: 'By hand',
  cell: ({ queue, reason, jobs, lastId }) => (
    <span class="buttons">
      {jobs > 1 && (
        <button
          type="button"
          onClick={() => retryGroup(queue, reason)}
          aria-label={`Retry all of ${queue}: ${reason}`}
        >
          Retry all
        </button>
      )}
      <button
        type="button"
        onClick={() => retryJob(queue, lastId)}
        aria-label={`${jobs > 1 ? 'Retry the last' : 'Retry'} job ${lastId} of ${queue}`}
      >
        {jobs > 1 ? 'Retry the last' : 'Retry'}
      </button>
    </span>
  ),
}
