import { Empty } from '../parts/empty.tsx'
import { Page } from '../parts/page.tsx'
import { WithOverview } from '../parts/with-overview.tsx'
import { WorldCard } from './worlds/card.tsx'

export function World({ params: { worldId = '' } }: { params: Record<string, string> }) {
  return (
    <Page title={worldId}>
      <WithOverview>
        {frame => {
          const world = frame.worlds.find(({ id }) => id === worldId)
          return world ? (
            <WorldCard world={world} frame={frame} />
          ) : (
            <Empty>It is not among the hottest worlds.</Empty>
          )
        }}
      </WithOverview>
    </Page>
  )
}
