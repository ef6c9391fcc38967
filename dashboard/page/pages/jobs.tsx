import type { Overview } from '../../console/overview.ts'
import { given } from '../data/given.ts'
import { count, duration, or, rate } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Table } from '../parts/table.tsx'
import { WithOverview } from '../parts/with-overview.tsx'

export function Jobs() {
  return (
    <Page title="Queues">
      <Section title="All queues" of="queue">
        <WithOverview>{frame => <Queues frame={frame} />}</WithOverview>
      </Section>
    </Page>
  )
}

function Queues({ frame: { queueStats } }: { frame: Overview }) {
  if (queueStats.length === 0) return <Empty>The queues' Redis does not answer.</Empty>
  return (
    <Table
      caption="Queues"
      keyOf={({ name }) => name}
      rows={queueStats}
      columns={[
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
        {
          head: 'Oldest waits',
          isNumber: true,
          cell: ({ oldestWaitingMs }) => or(oldestWaitingMs, duration),
        },
        { head: 'Active', isNumber: true, cell: ({ active, parents }) => count(active + parents) },
        { head: 'To retry', isNumber: true, cell: ({ delayed }) => count(delayed) },
        {
          head: 'Failed',
          isNumber: true,
          cell: ({ failed }) => (failed > 0 ? <strong class="bad">{count(failed)}</strong> : '0'),
        },
        { head: 'Done a minute', isNumber: true, cell: ({ donePerMinute }) => or(donePerMinute, rate) },
      ]}
    />
  )
}
