import type { Overview } from '../overview/overview.ts'
import { h } from './dom.ts'
import { ago, clock, count, duration, or, rate } from './words.ts'

type Cell = string | Node

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly { key: string; cells: readonly Cell[] }[],
): HTMLElement {
  return h(
    'div.scroll.card',
    h(
      'table',
      h('caption.unseen', caption),
      h('thead', h('tr', ...heads.map(name => h('th', { scope: 'col' }, name)))),
      h(
        'tbody',
        ...rows.map(({ key, cells: [name = '', ...cells] }) =>
          h('tr', { 'data-key': key }, h('th', { scope: 'row' }, name), ...cells.map(cell => h('td', cell))),
        ),
      ),
    ),
  )
}

export const empty = (text: string) => h('p.empty', text)

export function queueStats({ queueStats }: Overview, operates: boolean): HTMLElement {
  if (queueStats.length === 0) return empty("The queues' Redis does not answer.")
  return table(
    'Queues',
    ['Queue', 'Waiting', 'Oldest waits', 'Active', 'To retry', 'Failed', 'Done a minute'],
    queueStats.map(queue => ({
      key: queue.name,
      cells: [
        h(
          'span',
          operates ? h('a', { href: `/queues/queue/${queue.name}` }, queue.name) : queue.name,
          queue.isPaused ? h('strong.bad', ' paused') : null,
        ),
        count(queue.waiting),
        or(queue.oldestWaitingMs, duration),
        count(queue.active + queue.parents),
        count(queue.delayed),
        queue.failed > 0 ? h('strong.bad', count(queue.failed)) : '0',
        or(queue.donePerMinute, rate),
      ],
    })),
  )
}

export function schedules({ schedules, at }: Overview): HTMLElement {
  if (schedules === null) return empty('What rounds there are is not known.')
  if (schedules.length === 0) return empty('No round has run. `hearth scheduler` runs them.')
  return table(
    'Rounds',
    ['Round', 'When', 'Last', 'Took', 'Next', 'Skipped'],
    schedules.map(schedule => ({
      key: schedule.name,
      cells: [
        schedule.name,
        h('code', schedule.expression),
        or(schedule.lastRunAt, then => ago(then, at)),
        or(schedule.tookMs, duration),
        nextRun(schedule.nextRunAt - at),
        count(schedule.skipped),
      ],
    })),
  )
}

/** One that is late by more than a moment is not run by anyone. */
const overdueMs = 10_000
const nextRun = (inMs: number): Cell =>
  inMs < -overdueMs ? h('strong.bad', `overdue by ${duration(-inMs)}`) : `in ${duration(Math.max(0, inMs))}`

export const breakers = ({ breakers }: Overview): HTMLElement =>
  table(
    'Breakers',
    ['Breaker', 'State'],
    breakers.map(({ name, state }) => ({
      key: name,
      cells: [name, state === 'trusted' ? state : h('strong.bad', state)],
    })),
  )

export function actions({ actions, servers }: Overview): HTMLElement {
  if (actions.length === 0 && servers.queue.isAway) return empty('What was done by hand is not known.')
  if (actions.length === 0)
    return empty('Nothing yet. What operators do by hand, here or in Bull Board, is listed here.')
  return table(
    'Done by hand',
    ['When', 'Who', 'What', 'On', 'Outcome'],
    actions.map(({ at, who, what, on, status }, i) => ({
      key: `${at}-${i}`,
      cells: [clock(at), who, what, on, status < 300 ? 'done' : `refused (${status})`],
    })),
  )
}
