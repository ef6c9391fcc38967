import type { AuditRow } from '../../console/audit.ts'
import type { Consistency as Audits } from '../../console/consistency.ts'
import type { Figure as FigureOf } from '../../console/figure.ts'
import { usePoll } from '../data/poll.ts'
import { count } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Days } from './consistency/days.tsx'
import { Findings } from './consistency/findings.tsx'
import { ageInWords, nines } from './consistency/nines.ts'

/** How consistent what readers got was over the last week, and what was found wrong. */
export function Consistency() {
  const answer = usePoll<FigureOf<Audits>>('/api/v1/console/consistency')
  return (
    <Page title="Consistency">
      <Figure of={answer.value} what="What the audits found">
        {audits => (
          <Figure of={audits} what="What the audits found">
            {({ week, days }) =>
              week.checked === 0 && week.total === 0 ? (
                <NoAudits />
              ) : (
                <>
                  <Section title="The last 7 days">
                    <Week week={week} />
                  </Section>
                  <Section title="Day by day">
                    <Days days={days} />
                  </Section>
                  <Section title={findingsTitle(week)}>
                    <Findings findings={week.findings} />
                  </Section>
                </>
              )
            }
          </Figure>
        )}
      </Figure>
    </Page>
  )
}

const NoAudits = () => (
  <Empty>
    Nothing has been audited. Schedulers have samples compared with the source; or run{' '}
    <code>{'hearth audit <world>'}</code>.
  </Empty>
)

const Week = ({ week: { checked, found, repaired, misled } }: { week: AuditRow }) => (
  <Facts>
    <Fact name="Entries checked">{count(checked)}</Fact>
    {misled.map(({ age, entries }) => (
      <Fact
        key={age}
        name={`Consistent within ${ageInWords(age)}`}
        note={<span class="note">{count(entries)} were not</span>}
      >
        {nines(checked, entries)}
      </Fact>
    ))}
    <Fact name="Found">{count(found)}</Fact>
    <Fact name="Repaired">{count(repaired)}</Fact>
  </Facts>
)

function findingsTitle({ total, findings }: AuditRow): string {
  const more = total > findings.length ? `, the last ${findings.length} of them` : ''
  return `${count(total)} ${total === 1 ? 'finding' : 'findings'}${more}`
}
