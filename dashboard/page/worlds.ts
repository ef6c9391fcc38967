import type { WorldRow } from '../overview/overview.ts'
import { sparkline } from './charts.ts'
import { boardLink, invalidate, refresh, warm } from './deeds.ts'
import { h } from './dom.ts'
import { ago, count, duration, none, or, rate, share } from './words.ts'

/** One world: how warm it is, how it is read, who is popular in it, and what an operator can do about it. */
export function worldCard(world: WorldRow, now: number, operates: boolean): HTMLElement {
  const sums = world.minutes.reduce(
    (all, m) => ({ hits: all.hits + m.hits, reads: all.reads + m.hits + m.misses }),
    { hits: 0, reads: 0 },
  )
  const buttons = operates
    ? h(
        'div',
        { class: 'buttons' },
        h('button', { onclick: () => warm(world.id), 'aria-label': `Warm ${world.id}` }, 'Warm'),
        h(
          'button',
          { onclick: () => invalidate(world.id), 'aria-label': `Invalidate all of ${world.id}` },
          'Invalidate',
        ),
      )
    : null
  return h(
    'article',
    { class: 'card world', 'data-key': world.id, 'aria-label': `World ${world.id}` },
    h('div', { class: 'top' }, h('h3', {}, world.id), buttons),
    warmth(world),
    h(
      'dl',
      { class: 'facts' },
      fact('Reads a second', or(world.perSecond, rate)),
      fact('Hit rate, 30 min', share(sums.hits, sums.reads), sparkline(world.minutes)),
      fact('Version', or(world.version, String)),
      fact('Pending events', or(world.pending, count)),
      fact(
        'Active',
        or(world.lastActiveAt, at => ago(at, now)),
      ),
    ),
    popular(world, operates),
  )
}

const fact = (name: string, value: string, drawing?: Node | null) =>
  h('div', {}, h('dt', {}, name), h('dd', {}, value, drawing ? ' ' : null, drawing))

/** Entries present of entries due; while it is being warmed, what the job tells is newer than the last count. */
function warmth(world: WorldRow): HTMLElement {
  const { warming, present, due } = world
  const { done, total } = warming?.progress ?? { done: present ?? 0, total: due ?? 0 }
  const percent = total === 0 ? 0 : Math.min(100, Math.floor((100 * done) / total))
  const parts = [
    warming
      ? h(
          'a',
          { href: boardLink(warming) },
          warming.state === 'waiting' ? 'waits for a worker' : 'being warmed',
        )
      : null,
    h('span', {}, told(world, done, total)),
  ]
  return h(
    'div',
    { class: warming ? 'warmth busy' : 'warmth' },
    h(
      'div',
      {
        role: 'meter',
        'aria-label': `How warm ${world.id} is`,
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': percent,
        'aria-valuetext': told(world, done, total),
      },
      h('div', { style: `width: ${percent}%` }),
    ),
    h('p', {}, ...parts.flatMap(part => (part ? [part, ' '] : []))),
  )
}

function told({ warming, isKnown, present, due }: WorldRow, done: number, total: number): string {
  if (warming?.progress) return `${count(done)} of ${count(total)} entries`
  if (!isKnown) return 'not known: the cache has not answered yet'
  if (present === null) return 'being counted …'
  if (due === null) return `${entries(present)}; never warmed`
  // More than the last warming brought: what was read, or has come into the world, since.
  if (present > due) return `100 % warm, ${entries(present)}; ${count(due)} when it was warmed`
  return `${due === 0 ? 100 : Math.floor((100 * present) / due)} % warm, ${count(present)} of ${count(due)} entries`
}

const entries = (n: number) => (n === 1 ? '1 entry' : `${count(n)} entries`)

function popular(world: WorldRow, operates: boolean): HTMLElement | null {
  if (world.popular.length === 0) return null
  const row = ({ id, score, ttlMs, ageMs }: WorldRow['popular'][number]) => {
    const target = { kind: 'timeline', id } as const
    const buttons = h(
      'td',
      {},
      h(
        'div',
        { class: 'buttons' },
        h(
          'button',
          { onclick: () => refresh(world.id, target), 'aria-label': `Refresh ${id} of ${world.id}` },
          'Refresh',
        ),
        h(
          'button',
          { onclick: () => invalidate(world.id, target), 'aria-label': `Invalidate ${id} of ${world.id}` },
          'Invalidate',
        ),
      ),
    )
    return h(
      'tr',
      { 'data-key': id },
      h('th', { scope: 'row' }, id),
      h('td', {}, rate(score)),
      h('td', {}, ttlMs === null ? 'cold' : or(ageMs, duration)),
      h('td', {}, ttlMs === null ? none : duration(ttlMs)),
      operates ? buttons : null,
    )
  }
  return h(
    'details',
    {},
    h('summary', {}, `The ${world.popular.length} most read timelines`),
    h(
      'div',
      { class: 'scroll' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['Entity', 'Read', 'Age', 'Expires in', ...(operates ? [''] : [])].map(name =>
              h('th', { scope: 'col' }, name),
            ),
          ),
        ),
        h('tbody', {}, ...world.popular.map(row)),
      ),
    ),
  )
}
