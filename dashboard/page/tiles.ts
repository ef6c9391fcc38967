import type { Overview, ServerRow } from '../overview/overview.ts'
import { h } from './dom.ts'
import { count, duration, none, or, rate, share } from './words.ts'

const recentMinutes = 5

export function tiles({
  servers,
  reads,
  outbox,
  queueStats,
  workers,
  worlds,
  moreWorlds,
}: Overview): HTMLElement[] {
  const recent = reads.minutes.slice(-recentMinutes)
  const hits = sum(recent.map(minute => minute.hits))
  const all = hits + sum(recent.map(minute => minute.misses))
  const near = sum(reads.nearHits.slice(-recentMinutes))
  const failed = sum(queueStats.map(({ failed }) => failed))
  const waits = queueStats.flatMap(({ oldestWaitingMs }) =>
    oldestWaitingMs === null ? [] : [oldestWaitingMs],
  )
  const { queue, source, cache } = servers
  /** What a server that is away told last is no longer so. */
  const now = (server: ServerRow, value: string) => (server.isAway ? none : value)
  return [
    tile('Hit rate', now(queue, share(hits, all)), `last ${recentMinutes} min, whole fleet`),
    tile('Near', now(queue, share(near, hits)), 'of these hits, in memory'),
    tile('Reads a second', or(reads.perSecond, rate), 'whole fleet'),
    tile('Worlds', now(cache, count(worlds.length + moreWorlds)), 'known to the cache'),
    tile('Workers', now(queue, or(workers, count)), 'taking jobs', !queue.isAway && workers === 0),
    tile(
      'Oldest job waits',
      now(queue, waits.length === 0 ? none : duration(Math.max(...waits))),
      queue.isAway ? 'not known' : `${count(failed)} failed`,
      !queue.isAway && failed > 0,
    ),
    tile(
      'Outbox',
      now(
        source,
        or(outbox, ({ pending }) => count(pending)),
      ),
      outbox?.oldestMs && !source.isAway ? `oldest ${duration(outbox.oldestMs)}` : 'changes to relay',
      !source.isAway && (outbox?.oldestMs ?? 0) > 10_000,
    ),
  ]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)

const tile = (name: string, value: string, note: string, bad = false) =>
  h(
    'div',
    { class: bad ? 'tile bad' : 'tile', 'data-key': name },
    h('span.name', name),
    h('span.value', value),
    h('span.note', note),
  )
