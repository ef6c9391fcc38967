import type { Overview } from '../overview/overview.ts'
import { audit } from './audit.ts'
import { hitRateChart, readsChart } from './charts.ts'
import { byId, h, show } from './dom.ts'
import { listenForSearch } from './search.ts'
import { actions, breakers, lanes, rounds } from './tables.ts'
import { tiles } from './tiles.ts'
import { worldCard } from './worlds.ts'

const operates = byId('main').dataset['operates'] === 'true'
const hitRate = hitRateChart(byId('hit-rate'))
const reads = readsChart(byId('reads'))

function draw(overview: Overview): void {
  show(byId('problems'), ...problems(overview))
  show(byId('tiles'), ...tiles(overview))
  hitRate.draw(overview.reads.minutes)
  reads.draw(overview.reads.minutes)
  show(byId('worlds'), ...worlds(overview))
  show(byId('lanes'), lanes(overview, operates))
  show(byId('rounds'), rounds(overview))
  show(byId('breakers'), breakers(overview))
  show(byId('audit'), ...audit(overview))
  show(byId('actions'), actions(overview))
}

function problems({ problems, workers }: Overview): HTMLElement[] {
  const all = [...problems]
  if (workers === 0) all.push('No worker is running, so jobs wait. Start one with `hearth worker`.')
  return all.map(text => h('p', { class: 'problem', 'data-key': text }, ...withCode(text)))
}

/** What stands in back-quotes is something to type. */
const withCode = (text: string) =>
  text.split('`').map((part, i) => (i % 2 === 1 ? h('code', {}, part) : part))

function worlds({ worlds, moreWorlds, at }: Overview): HTMLElement[] {
  if (worlds.length === 0) {
    return [
      h(
        'p',
        { class: 'empty', 'data-key': 'empty' },
        ...withCode(
          'No world is warm. A game warms one when it is played: `hearth.activated(world)`, or `hearth activate <world>` by hand.',
        ),
      ),
    ]
  }
  return [
    h('div', { class: 'cards', 'data-key': 'cards' }, ...worlds.map(world => worldCard(world, at, operates))),
    ...(moreWorlds > 0
      ? [h('p', { class: 'empty', 'data-key': 'more' }, `… and ${moreWorlds} more, which the search finds.`)]
      : []),
  ]
}

/** Server-sent events; the browser connects again by itself, unless we are no longer let in. */
function listen(): void {
  const line = byId('line')
  const tell = (text: string, bad: boolean) => {
    if (line.textContent !== text) line.textContent = text
    line.className = bad ? 'bad' : ''
  }
  const events = new EventSource('/api/v1/overview/events')
  events.addEventListener('overview', event => {
    tell('Live', false)
    draw(JSON.parse((event as MessageEvent<string>).data))
  })
  events.addEventListener('error', async () => {
    tell('Not connected: what you see is old. Trying again …', true)
    const answer = await fetch('/api/v1/overview').catch(() => null)
    if (answer?.status === 401) location.assign('/login')
    else if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2_000)
  })
}

listenForSearch(operates)
listen()
