import type { FindingRow } from '../../../console/world/view.ts'
import { now } from '../../data/clock.ts'
import { ago, count } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Table } from '../../parts/table.tsx'

/** What audits found wrong in this world. */
export function Findings({ worldId, rows }: { worldId: string; rows: readonly FindingRow[] }) {
  if (rows.length === 0) {
    return (
      <Empty>
        Nothing of this world is among the newest 500 findings. Audit compares a sample of it now;{' '}
        <code>hearth audit</code> <code>{worldId}</code> <code>--all</code> compares all of it.
      </Empty>
    )
  }
  return (
    <Table
      caption="Audit findings"
      rows={rows}
      keyOf={({ subject, fault }) => `${subject} ${fault}`}
      columns={[
        { head: 'What', isText: true, cell: ({ subject }) => subject },
        {
          head: 'Fault',
          cell: ({ fault, repaired }) => `${fault}, ${repaired ? 'repaired' : 'only reported'}`,
        },
        { head: 'Last seen', isNumber: true, cell: ({ atMs }) => ago(atMs, now.value) },
        { head: 'Times', isNumber: true, isExtra: true, cell: ({ times }) => count(times) },
        { head: 'Detail', isText: true, cell: ({ detail }) => detail },
      ]}
    />
  )
}
