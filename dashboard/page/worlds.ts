import type { Overview, WorldRow } from '../overview/overview.ts'
import { sparkline } from './charts.ts'
import { button, fact, h } from './dom.ts'
import { boardLink, type CachedEntity, invalidate, invalidateAll, refresh, warm } from './operations.ts'
import { table } from './tables.ts'
import { ago, count, duration, none, or, rate, share } from './words.ts'

/** One world: how warm it is, how it is read, who is popular in it, and what an operator can do about it. */
export function worldCard(world: WorldRow, overview: Overview, operates: boolean): HTMLElement {
  const { id, minutes } = world
  const hits = minutes.reduce((sum, minute) => sum + minute.hits, 0)
  const reads = minutes.reduce((sum, minute) => sum + minute.hits + minute.misses, 0)
  const buttons = [
    button('Warm', () => warm(id), `Warm ${id}`),
    button('Invalidate', () => invalidateAll(id), `Invalidate all of ${id}`),
  ]
  return h(
    'article.card.world',
    { 'data-key': id, 'aria-label': `World ${id}` },
    h('div.top', h('h3', id), operates && h('div.buttons', ...buttons)),
    warmth(world),
    h(
      'dl.facts',
      fact('Reads a second', or(world.perSecond, rate)),
      fact('Hit rate, 30 min', share(hits, reads), sparkline(minutes)),
      fact('Version', or(world.version, String)),
      fact('Pending events', or(world.pending, count)),
      fact(
        'Active',
        or(world.lastActiveAt, at => ago(at, overview.at)),
      ),
    ),
    world.popular.length > 0 && popular(world, overview.countedKinds, operates),
  )
}

/** Entries present of entries due; while it is being warmed, what the job tells is newer than the last count. */
function warmth(world: WorldRow): HTMLElement {
  const { warming, present, due } = world
  const { done, total } = warming?.progress ?? { done: present ?? 0, total: due ?? 0 }
  const percent = total === 0 ? 0 : Math.min(100, Math.floor((100 * done) / total))
  const text = warmthInWords(world, done, total)
  const isReady = warming?.progress?.readyMs !== undefined
  const working = isReady ? 'ready, the rest is being warmed' : 'being warmed'
  const state = warming?.state === 'waiting' ? 'waits for a worker' : working
  return h(
    'div',
    { class: warming ? `warmth ${isReady ? 'ready' : 'busy'}` : 'warmth' },
    h(
      'div',
      {
        role: 'meter',
        'aria-label': `How warm ${world.id} is`,
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': percent,
        'aria-valuetext': text,
      },
      h('div', { style: `width: ${percent}%` }),
    ),
    h('p', warming && h('a', { href: boardLink(warming) }, state), warming && ' ', h('span', text)),
  )
}

function warmthInWords({ warming, isKnown, present, due }: WorldRow, done: number, total: number): string {
  if (warming?.progress) return `${count(done)} of ${count(total)} entries`
  if (!isKnown) return 'not known: the cache has not answered yet'
  if (present === null) return 'being counted …'
  if (due === null) return `${entries(present)}; never warmed`
  // More than the last warming brought: what was read, or has come into the world, since.
  if (present > due) return `100 % warm, ${entries(present)}; ${count(due)} when it was warmed`
  return `${due === 0 ? 100 : Math.floor((100 * present) / due)} % warm, ${count(present)} of ${count(due)} entries`
}

const entries = (n: number) => (n === 1 ? '1 entry' : `${count(n)} entries`)

/** The most read entities; what can be done is done to their entries of the kinds whose reads are counted. */
function popular(world: WorldRow, kinds: readonly string[], operates: boolean): HTMLElement {
  const buttonsOf = (entity: CachedEntity) =>
    h(
      'div.buttons',
      button('Refresh', () => refresh(world.id, entity), `Refresh ${entity.id} of ${world.id}`),
      button('Invalidate', () => invalidate(world.id, entity), `Invalidate ${entity.id} of ${world.id}`),
    )
  const rows = world.popular.map(({ id, score, ttlMs, ageMs }) => ({
    key: id,
    cells: [
      id,
      rate(score),
      ttlMs === null ? 'cold' : or(ageMs, duration),
      ttlMs === null ? none : duration(ttlMs),
      ...(operates
        ? [buttonsOf({ id, what: kinds.join(', '), targets: kinds.map(kind => ({ kind, id })) })]
        : []),
    ],
  }))
  return h(
    'details',
    h('summary', `The ${world.popular.length} most read entities`),
    table('Most read', ['Entity', 'Read', 'Age', 'Expires in', ...(operates ? [''] : [])], rows),
  )
}
