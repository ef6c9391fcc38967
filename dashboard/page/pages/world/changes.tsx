import type { ChangeRow } from '../../../console/world/view.ts'
import { now } from '../../data/clock.ts'
import { given } from '../../data/given.ts'
import { boardLink } from '../../data/operations.ts'
import { ago } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Table } from '../../parts/table.tsx'

/** What changes made stale, the last first: by the jobs that make sure of it. */
export function Changes({ changes }: { changes: readonly ChangeRow[] }) {
  if (changes.length === 0) {
    return <Empty>No change of this world is among the newest 100 of the fleet in each state.</Empty>
  }
  return (
    <Table
      caption="Recent changes"
      rows={changes}
      keyOf={({ id }) => id}
      columns={[
        { head: 'Made stale', isText: true, cell: ({ what }) => what },
        { head: 'When', isNumber: true, cell: ({ at }) => ago(at, now.value) },
        {
          head: 'Loaded again',
          cell: ({ state, warmed }) =>
            state === 'completed' ? (warmed ? 'at once' : 'by the next read') : state,
        },
        {
          head: 'Job',
          isExtra: true,
          cell: ({ id }) => (given.operates ? <a href={boardLink({ queue: 'invalidate', id })}>{id}</a> : id),
        },
      ]}
    />
  )
}
