import type { Overview } from '../../console/overview.ts'
import { count } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Table } from '../parts/table.tsx'
import { WithOverview } from '../parts/with-overview.tsx'
import { ReadCharts } from './now/charts.tsx'
import { FigureTiles } from './now/tiles.tsx'

export function Now() {
  return (
    <Page title="Now">
      <WithOverview>
        {frame => (
          <>
            <FigureTiles frame={frame} />
            <Section title="The last hour" of="queue">
              <ReadCharts minutes={frame.reads.minutes} />
            </Section>
            <Section title="Breakers">
              <Breakers frame={frame} />
            </Section>
            <Section title="Near cache of this process">
              <Near frame={frame} />
            </Section>
          </>
        )}
      </WithOverview>
    </Page>
  )
}

const Breakers = ({ frame }: { frame: Overview }) => (
  <Table
    caption="Breakers"
    keyOf={({ name }) => name}
    rows={frame.breakers}
    columns={[
      { head: 'Breaker', cell: ({ name }) => name },
      {
        head: 'State',
        cell: ({ state }) => (state === 'trusted' ? state : <strong class="bad">{state}</strong>),
      },
    ]}
  />
)

const megabytes = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** The near cache of the process that serves this page. */
function Near({ frame: { near } }: { frame: Overview }) {
  if (near === null)
    return <Empty>This process has none: it serves no reads, or HEARTH_NEAR_BYTES is 0.</Empty>
  const { state, reason, bytes, entries, evictions, invalidations, fences, lost } = near
  return (
    <Facts>
      <Fact name="State" note={state === 'off' && <strong class="bad">{reason}</strong>}>
        {state}
      </Fact>
      <Fact name="Entries">{count(entries)}</Fact>
      <Fact name="MB">{megabytes.format(bytes / 1_000_000)}</Fact>
      <Fact name="Evictions">{count(evictions)}</Fact>
      <Fact name="Invalidations">{count(invalidations)}</Fact>
      <Fact name="Fences">{count(fences)}</Fact>
      <Fact name="Times emptied">{count(lost)}</Fact>
    </Facts>
  )
}
