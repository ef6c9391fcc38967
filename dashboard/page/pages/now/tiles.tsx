import type { Overview, ServerRow } from '../../../console/overview.ts'
import { sum } from '../../data/sum.ts'
import { count, duration, none, or, rate, share } from '../../data/words.ts'
import { Tile, Tiles } from '../../parts/tile.tsx'

const recentMinutes = 5
/** A change that waits longer to be relayed is late. Milliseconds. */
const lateMs = 10_000

/** The figures that an operator looks at first. What a server that is away said last is no longer so. */
export function FigureTiles({ frame }: { frame: Overview }) {
  const { servers, reads, outbox, queueStats, workers, worlds, moreWorlds } = frame
  const { queue, source, cache } = servers
  const recent = reads.minutes.slice(-recentMinutes)
  const hits = sum(recent.map(minute => minute.hits))
  const all = hits + sum(recent.map(minute => minute.misses))
  const near = sum(reads.nearHits.slice(-recentMinutes))
  const failed = sum(queueStats.map(each => each.failed))
  const waits = queueStats.flatMap(({ oldestWaitingMs }) => oldestWaitingMs ?? [])
  const now = (server: ServerRow, value: string) => (server.isAway ? none : value)
  return (
    <Tiles label="The fleet">
      <Tile
        name="Hit rate"
        value={now(queue, share(hits, all))}
        note={`last ${recentMinutes} min, whole fleet`}
      />
      <Tile name="Near" value={now(queue, share(near, hits))} note="of these hits, in memory" />
      <Tile name="Reads a second" value={or(reads.perSecond, rate)} note="whole fleet" />
      <Tile
        name="Worlds"
        href="/worlds"
        value={now(cache, count(worlds.length + moreWorlds))}
        note="known to the cache"
      />
      <Tile
        name="Workers"
        value={now(queue, or(workers, count))}
        note="taking jobs"
        isBad={!queue.isAway && workers === 0}
      />
      <Tile
        name="Oldest job waits"
        href="/jobs"
        value={now(queue, waits.length === 0 ? none : duration(Math.max(...waits)))}
        note={queue.isAway ? 'not known' : `${count(failed)} failed`}
        isBad={!queue.isAway && failed > 0}
      />
      <Tile
        name="Outbox"
        value={now(
          source,
          or(outbox, ({ pending }) => count(pending)),
        )}
        note={outbox?.oldestMs && !source.isAway ? `oldest ${duration(outbox.oldestMs)}` : 'changes to relay'}
        isBad={!source.isAway && (outbox?.oldestMs ?? 0) > lateMs}
      />
    </Tiles>
  )
}
