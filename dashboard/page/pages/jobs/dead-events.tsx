import type { DeadWorlds } from '../../../../queues/pending-dead.ts'
import { given } from '../../data/given.ts'
import { retryDead } from '../../data/queue-operations.ts'
import { count } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { type Column, Table } from '../../parts/table.tsx'

type Row = DeadWorlds['worlds'][number]

/** Worlds with events that were accepted, and that the source will never take as they are. */
export function DeadEvents({ dead: { worlds, total } }: { dead: DeadWorlds }) {
  if (worlds.length === 0)
    return (
      <Empty>
        The source has refused no event. One that it refuses is set aside, and can be retried here.
      </Empty>
    )
  return (
    <>
      <p class="note">
        The source refused them: <code>{'hearth pending <world>'}</code> says why.
        {total > worlds.length && ` These are ${count(worlds.length)} of ${count(total)} worlds.`}
      </p>
      <Table
        caption="Refused events by world"
        keyOf={({ worldId }) => worldId}
        rows={worlds}
        columns={given.operates ? [...columns, actions] : columns}
      />
    </>
  )
}

const columns: readonly Column<Row>[] = [
  { head: 'World', cell: ({ worldId }) => <a href={`/worlds/${encodeURIComponent(worldId)}`}>{worldId}</a> },
  { head: 'Events', isNumber: true, cell: ({ events }) => <strong class="bad">{count(events)}</strong> },
]

const actions: Column<Row> = {
  head: 'By hand',
  cell: ({ worldId }) => (
    <button type="button" onClick={() => retryDead(worldId)} aria-label={`Retry events of ${worldId}`}>
      Retry
    </button>
  ),
}
