import type { Overview, ServerRow } from '../../../console/overview.ts'
import { sum } from '../../data/sum.ts'
import { count, duration, none, or, rate, share } from '../../data/words.ts'
import { Tile, Tiles } from '../../parts/tile.tsx'

const recentMinutes = 5
/** A change that waits longer to be relayed is late. Milliseconds. */
const lateMs = 10_000

/** The figures that an operator looks at first. */
export const FigureTiles = ({ frame }: { frame: Overview }) => (
  <Tiles label="The fleet">
    <ReadTiles frame={frame} />
    <WorkTiles frame={frame} />
  </Tiles>
)

/** What a server that is away said last is no longer so. */
const unlessAway = ({ isAway }: ServerRow, value: string): string => (isAway ? none : value)

function ReadTiles({ frame: { servers, reads } }: { frame: Overview }) {
  const { queue } = servers
  const recent = reads.minutes.slice(-recentMinutes)
  const hits = sum(recent.map(minute => minute.hits))
  const all = hits + sum(recent.map(minute => minute.misses))
  const near = sum(reads.nearHits.slice(-recentMinutes))
  return (
    <>
      <Tile name="Reads a second" value={or(reads.perSecond, rate)} note="whole fleet" />
      <Tile name="Hit rate" value={unlessAway(queue, share(hits, all))} note={`last ${recentMinutes} min`} />
      <Tile
        name="Near"
        value={unlessAway(queue, share(near, hits))}
        note={`of these hits, in memory; ${unlessAway(queue, share(hits - near, hits))} from Redis`}
      />
    </>
  )
}

function WorkTiles({ frame }: { frame: Overview }) {
  const { servers, warming, pending, outbox, queueStats, worlds, moreWorlds } = frame
  const { queue, source, cache } = servers
  const failed = sum(queueStats.map(each => each.failed))
  const waits = queueStats.flatMap(({ oldestWaitingMs }) => oldestWaitingMs ?? [])
  const outboxAgeMs = source.isAway ? 0 : (outbox?.oldestMs ?? 0)
  const dead = queue.isAway ? 0 : (pending?.dead ?? 0)
  return (
    <>
      <Tile
        name="Worlds"
        href="/worlds"
        value={unlessAway(cache, count(worlds.length + moreWorlds))}
        note={warming ? `${count(warming)} being warmed` : 'none is being warmed'}
      />
      <Tile
        name="Oldest job waits"
        href="/jobs"
        value={unlessAway(queue, waits.length === 0 ? none : duration(Math.max(...waits)))}
        note={queue.isAway ? 'not known' : `${count(failed)} failed`}
        isBad={!queue.isAway && failed > 0}
      />
      <Tile
        name="Pending events"
        value={unlessAway(queue, or(pending?.pending, count))}
        note={pending === null || queue.isAway ? 'not known' : dead > 0 ? `${count(dead)} dead` : 'none dead'}
        isBad={dead > 0}
      />
      <Tile
        name="Outbox"
        value={unlessAway(source, or(outbox?.pending, count))}
        note={outboxAgeMs > 0 ? `oldest ${duration(outboxAgeMs)}` : 'changes to relay'}
        isBad={outboxAgeMs > lateMs}
      />
    </>
  )
}
