import type { Overview } from '../overview/overview.ts'
import { audit } from './audit.ts'
import { causeBox, lineOf, markOld, silenceBox, tell, withCode } from './causes.ts'
import { hitRateChart, readsChart } from './charts.ts'
import { byId, h, show } from './dom.ts'
import { near } from './near.ts'
import { listenForSearch } from './search.ts'
import { actions, breakers, empty, queueStats, schedules } from './tables.ts'
import { tiles } from './tiles.ts'
import { worldCard } from './worlds.ts'

const operates = byId('main').dataset['operates'] === 'true'
const hitRate = hitRateChart(byId('hit-rate'))
const reads = readsChart(byId('reads'))

function draw(overview: Overview): void {
  tell(lineOf(overview))
  show(byId('problems'), ...overview.causes.map(causeBox))
  markOld(overview)
  show(byId('tiles'), ...tiles(overview))
  hitRate.draw(overview.reads.minutes)
  reads.draw(overview.reads.minutes)
  show(byId('worlds'), ...worlds(overview))
  show(byId('queue-stats'), queueStats(overview, operates))
  show(byId('schedules'), schedules(overview))
  show(byId('breakers'), breakers(overview))
  show(byId('near'), near(overview))
  show(byId('audit'), ...audit(overview))
  show(byId('actions'), actions(overview))
}

function worlds(overview: Overview): HTMLElement[] {
  const { worlds, moreWorlds, servers } = overview
  if (worlds.length === 0 && servers.cache.isAway) return [] // the note above says so
  if (worlds.length === 0) {
    const help =
      'No world is warm. A game warms one when it is played: `hearth.activated(world)`, or `hearth activate <world>` by hand.'
    return [h('p.empty', { 'data-key': 'empty' }, ...withCode(help))]
  }
  const cards = worlds.map(world => worldCard(world, overview, operates))
  const all = h('div.cards', { 'data-key': 'cards' }, ...cards)
  return moreWorlds > 0 ? [all, empty(`… and ${moreWorlds} more, which the search finds.`)] : [all]
}

/** A frame comes every second; without one for so long the page is not live. Milliseconds. */
const silentMs = 3_000
/** After so long the connection is taken for dead, and another one is made. Milliseconds. */
const deadMs = 10_000

/** When the last frame came: by the page's clock that no setting disturbs, and as a time of day. */
let heard = { ms: performance.now(), at: Date.now() }
let last: Overview | undefined
let events: EventSource | undefined

/** Server-sent events; the browser connects again by itself, unless we are no longer let in. */
function listen(): void {
  events?.close()
  const mine = new EventSource('/api/v1/overview/events')
  events = mine
  mine.addEventListener('overview', event => {
    heard = { ms: performance.now(), at: Date.now() }
    last = JSON.parse((event as MessageEvent<string>).data) as Overview
    reconnectedAfter = 0
    byId('main').classList.remove('old')
    draw(last)
  })
  mine.addEventListener('error', async () => {
    tell({ text: 'Not connected: what you see is old. Trying again …', isBad: true })
    const signal = AbortSignal.timeout(silentMs)
    const answer = await fetch('/api/v1/overview', { signal }).catch(() => null)
    if (answer?.status === 401) location.assign('/login')
    else if (mine === events && mine.readyState === EventSource.CLOSED) setTimeout(listen, 2_000)
  })
}

/** The connection may stand and carry nothing: a frozen server, a proxy that keeps what it gets. */
function watch(): void {
  const silence = performance.now() - heard.ms
  if (silence < silentMs) return
  const text = `Not connected: no news for ${Math.floor(silence / 1_000)} s. Trying again …`
  tell({ text, isBad: true })
  byId('main').classList.add('old')
  show(byId('problems'), silenceBox(heard.at), ...(last?.causes ?? []).map(causeBox))
  if (silence - reconnectedAfter < deadMs) return
  reconnectedAfter = silence
  listen()
}

/** After how much silence another connection was made. */
let reconnectedAfter = 0

listenForSearch(operates)
listen()
setInterval(watch, 500)
