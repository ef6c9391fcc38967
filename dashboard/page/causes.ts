import type { ServerName } from '../../telemetry/server-metrics.ts'
import type { CauseRow, Overview } from '../overview/overview.ts'
import { byId, h } from './dom.ts'
import { ago, clock } from './words.ts'

/** One box for each cause: what it is, since when, and what helps. */
export const causeBox = ({ key, text, help, since }: CauseRow): HTMLElement =>
  h(
    'div.problem',
    { 'data-key': key },
    h('p', h('strong', ...withCode(text)), ` Since ${clock(since)}.`),
    h('p', ...withCode(help)),
  )

/** No frame has come for a while, so that nothing on the page is new. */
export const silenceBox = (heardAt: number): HTMLElement =>
  causeBox({
    key: 'silence',
    text: 'The page has no news from its server, so what it shows is old.',
    help: 'Does `hearth dashboard` still run, and does this machine reach it? The page tries again by itself.',
    since: heardAt,
  })

/** What stands in back-quotes is something to type. */
export const withCode = (text: string): (Node | string)[] =>
  text.split('`').map((part, i) => (i % 2 === 1 ? h('code', part) : part))

/** Says of each part of the page how old it is, where the server that it comes from is away. */
export function markOld({ servers, at }: Overview): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-of]')) {
    const { isAway, name, answeredAt } = servers[part.dataset['of'] as ServerName]
    part.classList.toggle('old', isAway)
    const note = part.querySelector<HTMLElement>('.as-of')
    if (!note) continue
    note.hidden = !isAway
    note.textContent =
      answeredAt === null
        ? `Not known: ${name} has not answered yet.`
        : `As of ${ago(answeredAt, at)}: ${name} is away.`
  }
}

/** What the page says of its connection. */
export function lineOf({ servers }: Overview): { text: string; isBad: boolean } {
  const away = new Set(Object.values(servers).flatMap(({ isAway, name }) => (isAway ? name : [])))
  return away.size === 0
    ? { text: 'Live', isBad: false }
    : { text: `Partly live: without ${[...away].join(' and ')}`, isBad: true }
}

export function tell({ text, isBad }: { text: string; isBad: boolean }): void {
  const line = byId('line')
  if (line.textContent !== text) line.textContent = text
  line.className = isBad ? 'bad' : ''
}
