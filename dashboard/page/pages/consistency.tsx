import type { Overview } from '../../console/overview.ts'
import { ago, count, duration, none, or } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Table } from '../parts/table.tsx'
import { WithOverview } from '../parts/with-overview.tsx'
import { ageInWords, nines } from './consistency/nines.ts'

type Audit = NonNullable<Overview['audit']>
type Finding = Audit['findings'][number]

export function Consistency() {
  return (
    <Page title="Consistency">
      <Section title="The last 7 days" of="queue">
        <WithOverview>{frame => <Week frame={frame} />}</WithOverview>
      </Section>
    </Page>
  )
}

/** What the audits came to, and each of the last findings. */
function Week({ frame: { audit, at } }: { frame: Overview }) {
  if (audit === null)
    return <Empty>What the audits found is not known: the queues' Redis does not answer.</Empty>
  if (audit.checked === 0 && audit.total === 0) {
    return (
      <Empty>
        Nothing has been audited. Schedulers have samples compared with the source; or run{' '}
        <code>{'hearth audit <world>'}</code>.
      </Empty>
    )
  }
  return (
    <>
      <Facts>
        <Fact name="Entries checked">{count(audit.checked)}</Fact>
        {audit.misled.map(({ age, entries }) => (
          <Fact
            key={age}
            name={`Consistent within ${ageInWords(age)}`}
            note={<span class="note">{count(entries)} were not</span>}
          >
            {nines(audit.checked, entries)}
          </Fact>
        ))}
        <Fact name="Found">{count(audit.found)}</Fact>
        <Fact name="Repaired">{count(audit.repaired)}</Fact>
      </Facts>
      {audit.findings.length === 0 ? (
        <Empty>Nothing that was checked stayed wrong.</Empty>
      ) : (
        <Findings audit={audit} at={at} />
      )}
    </>
  )
}

function Findings({ audit: { findings, total }, at }: { audit: Audit; at: number }) {
  const more = total > findings.length ? `, the last ${findings.length} of them` : ''
  return (
    <>
      <h3>
        {count(total)} {total === 1 ? 'finding' : 'findings'}
        {more}
      </h3>
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
          {
            head: 'What is wrong',
            isText: true,
            cell: ({ fault, detail }) => (
              <>
                <strong class="bad">{fault}</strong>: {detail}
              </>
            ),
          },
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
          { head: 'Differs in', isText: true, cell: finding => <Differences finding={finding} /> },
          { head: 'Version', isNumber: true, isExtra: true, cell: ({ version }) => or(version, String) },
          { head: 'Life left', isNumber: true, isExtra: true, cell: ({ leftMs }) => or(leftMs, duration) },
        ]}
      />
    </>
  )
}

function Differences({ finding: { differences } }: { finding: Finding }) {
  if (differences.length === 0) return <>{none}</>
  return (
    <ul class="differences">
      {differences.map(({ field, cached, truth }) => (
        <li key={field}>
          <code>{field}</code>: {cached ?? 'nothing'}, truth {truth ?? 'nothing'}
        </li>
      ))}
    </ul>
  )
}
