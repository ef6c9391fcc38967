import type { Overview } from '../../console/overview.ts'
import { ago, count, duration, or } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Table } from '../parts/table.tsx'
import { WithOverview } from '../parts/with-overview.tsx'

export function Schedules() {
  return (
    <Page title="Schedules">
      <Section title="Rounds" of="queue">
        <WithOverview>{frame => <Rounds frame={frame} />}</WithOverview>
      </Section>
    </Page>
  )
}

function Rounds({ frame: { schedules, at } }: { frame: Overview }) {
  if (schedules === null) return <Empty>What rounds there are is not known.</Empty>
  if (schedules.length === 0) {
    return (
      <Empty>
        No round has run. <code>hearth scheduler</code> runs them.
      </Empty>
    )
  }
  return (
    <Table
      caption="Rounds"
      keyOf={({ name }) => name}
      rows={schedules}
      columns={[
        { head: 'Round', cell: ({ name }) => name },
        { head: 'When', cell: ({ expression }) => <code>{expression}</code> },
        { head: 'Last', isNumber: true, cell: ({ lastRunAt }) => or(lastRunAt, then => ago(then, at)) },
        { head: 'Took', isNumber: true, cell: ({ tookMs }) => or(tookMs, duration) },
        { head: 'Next', isNumber: true, cell: ({ nextRunAt }) => <Next inMs={nextRunAt - at} /> },
        { head: 'Skipped', isNumber: true, cell: ({ skipped }) => count(skipped) },
      ]}
    />
  )
}

/** A round that is late by more than this is not run by any process. Milliseconds. */
const overdueMs = 10_000

const Next = ({ inMs }: { inMs: number }) =>
  inMs < -overdueMs ? (
    <strong class="bad">overdue by {duration(-inMs)}</strong>
  ) : (
    <>in {duration(Math.max(0, inMs))}</>
  )
