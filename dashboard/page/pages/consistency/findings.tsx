import type { AuditRow } from '../../../console/audit.ts'
import { now } from '../../data/clock.ts'
import { ago, count, duration, or } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Table } from '../../parts/table.tsx'

type Finding = AuditRow['findings'][number]

/** What stayed wrong when it was compared again. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const at = now.value
  if (findings.length === 0) return <Empty>Nothing that was checked stayed wrong.</Empty>
  return (
    <Table
      caption="Findings"
      keyOf={({ worldId, subject, fault }) => `${worldId} ${subject} ${fault}`}
      rows={findings}
      columns={[
        { head: 'Entry', cell: ({ subject }) => subject },
        {
          head: 'World',
          cell: ({ worldId }) => <a href={`/worlds/${encodeURIComponent(worldId)}`}>{worldId}</a>,
        },
        { head: 'What is wrong', isText: true, cell: finding => <Fault finding={finding} /> },
        {
          head: 'Outcome',
          cell: ({ repaired }) => (repaired ? 'repaired' : <strong class="bad">only reported</strong>),
        },
        { head: 'Wrong since', isNumber: true, cell: ({ sinceMs }) => ago(sinceMs, at) },
        {
          head: 'Last seen',
          isNumber: true,
          cell: ({ atMs, times }) => `${ago(atMs, at)}${times > 1 ? `, ${count(times)} times` : ''}`,
        },
        { head: 'Version', isNumber: true, isExtra: true, cell: ({ version }) => or(version, String) },
        { head: 'Life left', isNumber: true, isExtra: true, cell: ({ leftMs }) => or(leftMs, duration) },
      ]}
    />
  )
}

/** What differs, place by place; private values are withheld by the audit itself. */
const Fault = ({ finding: { fault, detail, differences } }: { finding: Finding }) => (
  <>
    <strong class="bad">{fault}</strong>: {detail}
    {differences.length > 0 && (
      <ul>
        {differences.map(({ field, cached, truth }) => (
          <li key={field}>
            <code>{field}</code>: {cached ?? 'nothing'}, truth {truth ?? 'nothing'}
          </li>
        ))}
      </ul>
    )}
  </>
)
