import type { Overview } from '../../console/overview.ts'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { WithOverview } from '../parts/with-overview.tsx'
import { WorldCard } from './worlds/card.tsx'

export function Worlds() {
  return (
    <Page title="Worlds">
      <Section title="The most read" of="cache">
        <WithOverview>{frame => <Cards frame={frame} />}</WithOverview>
      </Section>
    </Page>
  )
}

function Cards({ frame }: { frame: Overview }) {
  const { worlds, moreWorlds, servers } = frame
  if (worlds.length === 0 && servers.cache.isAway) return null // the note above says so
  if (worlds.length === 0) {
    return (
      <Empty>
        No world is warm. A game warms one when it is played: <code>hearth.activated(world)</code>, or{' '}
        <code>{'hearth activate <world>'}</code> by hand.
      </Empty>
    )
  }
  return (
    <>
      <div class="cards">
        {worlds.map(world => (
          <WorldCard key={world.id} world={world} frame={frame} />
        ))}
      </div>
      {moreWorlds > 0 && <Empty>… and {moreWorlds} more, which the search finds.</Empty>}
    </>
  )
}
