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
  const hits = recent.reduce((sum, minute) => sum + minute.hits, 0)
  const all = recent.reduce((sum, minute) => sum + minute.hits + minute.misses, 0)
  const failed = queueStats.reduce((sum, { failed }) => sum + failed, 0)
  const waits = queueStats.flatMap(({ oldestWaitingMs }) =>
    oldestWaitingMs === null ? [] : [oldestWaitingMs],
  )
  const { queue, source, cache } = servers
  /** What a server that is away told last is no longer so. */
  const now = (server: ServerRow, value: string) => (server.isAway ? none : value)
  return [
    tile('Hit rate', now(queue, share(hits, all)), `last ${recentMinutes} min, whole fleet`),
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

const tile = (name: string, value: string, note: string, bad = false) =>
  h(
    'div',
    { class: bad ? 'tile bad' : 'tile', 'data-key': name },
    h('span.name', name),
    h('span.value', value),
    h('span.note', note),
  )
