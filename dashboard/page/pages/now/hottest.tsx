import type { Overview, WorldRow } from '../../../console/overview.ts'
import { sum } from '../../data/sum.ts'
import { ago, count, none, or, rate, share } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Table } from '../../parts/table.tsx'

/** The most read worlds; each links to its page. */
export function Hottest({ frame: { worlds, servers, at } }: { frame: Overview }) {
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
    <Table
      caption="Hottest worlds"
      keyOf={({ id }) => id}
      rows={worlds}
      columns={[
        { head: 'World', cell: ({ id }) => <a href={`/worlds/${encodeURIComponent(id)}`}>{id}</a> },
        { head: 'Reads/s', isNumber: true, cell: ({ perSecond }) => or(perSecond, rate) },
        { head: 'Hit rate', isNumber: true, cell: hitRate },
        { head: 'Warm', isNumber: true, cell: warmth },
        { head: 'Pending', isNumber: true, isExtra: true, cell: ({ pending }) => or(pending, count) },
        {
          head: 'Active',
          isNumber: true,
          isExtra: true,
          cell: ({ lastActiveAt }) => or(lastActiveAt, then => ago(then, at)),
        },
      ]}
    />
  )
}

function hitRate({ minutes }: WorldRow): string {
  const hits = sum(minutes.map(minute => minute.hits))
  return share(hits, hits + sum(minutes.map(minute => minute.misses)))
}

function warmth({ warming, present, due, isKnown }: WorldRow): string {
  const { done, total } = warming?.progress ?? { done: present, total: due }
  if (warming) return total ? `being warmed, ${percent(done ?? 0, total)}` : 'waits for a worker'
  if (!isKnown || done === null) return none
  return total === null ? 'never warmed' : percent(done, total)
}

const percent = (part: number, all: number): string =>
  `${all === 0 ? 100 : Math.min(100, Math.floor((100 * part) / all))} %`
