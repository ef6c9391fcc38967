import type { Overview } from '../../console/overview.ts'
import { clock } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Table } from '../parts/table.tsx'
import { WithOverview } from '../parts/with-overview.tsx'

export function Operations() {
  return (
    <Page title="Operations">
      <Section title="Done by hand" of="queue">
        <WithOverview>{frame => <Actions frame={frame} />}</WithOverview>
      </Section>
    </Page>
  )
}

function Actions({ frame: { actions, servers } }: { frame: Overview }) {
  if (actions.length === 0 && servers.queue.isAway) return <Empty>What was done by hand is not known.</Empty>
  if (actions.length === 0)
    return <Empty>Nothing yet. What operators do by hand, here or in Bull Board, is listed here.</Empty>
  return (
    <Table
      caption="Done by hand"
      keyOf={({ at, who, what, on }) => `${at} ${who} ${what} ${on}`}
      rows={actions}
      columns={[
        { head: 'When', cell: ({ at }) => clock(at) },
        { head: 'Who', cell: ({ who }) => who },
        { head: 'What', cell: ({ what }) => what },
        { head: 'On', isText: true, cell: ({ on }) => on },
        { head: 'Outcome', cell: ({ status }) => (status < 300 ? 'done' : `refused (${status})`) },
      ]}
    />
  )
}
