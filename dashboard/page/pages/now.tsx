import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { WithOverview } from '../parts/with-overview.tsx'
import { History } from './history/history.tsx'
import { Hottest } from './now/hottest.tsx'
import { Near } from './now/near.tsx'
import { States } from './now/states.tsx'
import { FigureTiles } from './now/tiles.tsx'

/** Whether anything is wrong, and since when; what is wrong itself stands above, as on every page. */
export function Now() {
  return (
    <Page title="Now">
      <WithOverview>
        {frame => (
          <>
            <States frame={frame} />
            <FigureTiles frame={frame} />
            <History />
            <Section title="Hottest worlds" of="cache" aside={<a href="/worlds">All worlds</a>}>
              <Hottest frame={frame} />
            </Section>
            <Section title="Near cache of this process">
              <Near near={frame.near} />
            </Section>
          </>
        )}
      </WithOverview>
    </Page>
  )
}
