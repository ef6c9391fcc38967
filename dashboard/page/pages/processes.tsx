import { count, or } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { WithOverview } from '../parts/with-overview.tsx'

export function Processes() {
  return (
    <Page title="Processes">
      <Section title="Workers" of="queue">
        <WithOverview>
          {({ workers }) =>
            workers === 0 ? (
              <Empty>
                No worker is running. Start one with <code>hearth worker</code>.
              </Empty>
            ) : (
              <Facts>
                <Fact name="Taking jobs">{or(workers, count)}</Fact>
              </Facts>
            )
          }
        </WithOverview>
      </Section>
    </Page>
  )
}
