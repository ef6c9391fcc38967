import type { Overview } from '../overview/overview.ts'
import { h } from './dom.ts'
import { count, duration, none, or, rate, share } from './words.ts'

const recentMinutes = 5

export function tiles({ reads, outbox, lanes, workers, worlds, moreWorlds }: Overview): HTMLElement[] {
  const recent = reads.minutes.slice(-recentMinutes)
  const hits = recent.reduce((sum, minute) => sum + minute.hits, 0)
  const all = recent.reduce((sum, minute) => sum + minute.hits + minute.misses, 0)
  const failed = lanes.reduce((sum, lane) => sum + lane.failed, 0)
  const waits = lanes.flatMap(({ oldestWaitingMs }) => (oldestWaitingMs === null ? [] : [oldestWaitingMs]))
  return [
    tile('Hit rate', share(hits, all), `last ${recentMinutes} min, whole fleet`),
    tile('Reads a second', rate(reads.perSecond), 'whole fleet'),
    tile('Worlds', count(worlds.length + moreWorlds), 'known to the cache'),
    tile('Workers', or(workers, count), 'taking jobs', workers === 0),
    tile(
      'Oldest job waits',
      waits.length === 0 ? none : duration(Math.max(...waits)),
      `${count(failed)} failed`,
      failed > 0,
    ),
    tile(
      'Outbox',
      or(outbox, ({ pending }) => count(pending)),
      outbox?.oldestMs ? `oldest ${duration(outbox.oldestMs)}` : 'changes to relay',
      (outbox?.oldestMs ?? 0) > 10_000,
    ),
  ]
}

const tile = (name: string, value: string, note: string, bad = false) =>
  h(
    'div',
    { class: bad ? 'tile bad' : 'tile', 'data-key': name },
    h('span', { class: 'name' }, name),
    h('span', { class: 'value' }, value),
    h('span', { class: 'note' }, note),
  )
