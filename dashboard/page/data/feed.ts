import { computed, signal } from '@preact/signals'
import type { Overview } from '../../console/overview.ts'
import { logIn } from './get-json.ts'

/** A frame comes every second; without one for so long the page is not live. Milliseconds. */
const silentMs = 3_000
/** After so long the connection is taken for dead, and another one is made. Milliseconds. */
const deadMs = 10_000
/** How often a page asks that has no stream. Milliseconds. */
const pollEveryMs = 2_000

/** The state of the fleet, new every second; null until the first has come. */
export const overview = signal<Overview | null>(null)
/** For how long no frame has come; 0 while they come. Milliseconds. */
export const silence = signal(0)
/** When the last frame came. Milliseconds since 1970. */
export const heardAt = signal(Date.now())
const isCut = signal(false)
/** The server refused a stream, because too many pages are open: this one asks instead. */
const isPolled = signal(false)

/** What the page says of its connection. */
export const line = computed((): { text: string; isBad: boolean } => {
  if (silence.value > 0) {
    const text = `Not connected: no news for ${Math.floor(silence.value / 1_000)} s. Trying again …`
    return { text, isBad: true }
  }
  if (isCut.value) return { text: 'Not connected: what you see is old. Trying again …', isBad: true }
  if (!overview.value) return { text: 'Connecting …', isBad: false }
  if (isPolled.value) {
    const text = `Asked every ${pollEveryMs / 1_000} s: too many pages are open. Close some to have this one live.`
    return { text, isBad: true }
  }
  const servers = Object.values(overview.value.servers)
  const away = new Set(servers.flatMap(({ isAway, name }) => (isAway ? name : [])))
  return away.size === 0
    ? { text: 'Live', isBad: false }
    : { text: `Partly live: without ${[...away].join(' and ')}`, isBad: true }
})

/** When the last frame came, by a clock that no setting of the time disturbs. */
let heardMs = performance.now()
/** After how much silence another connection was made. */
let reconnectedAfter = 0
let events: EventSource | undefined

/** Server-sent events; the browser connects again by itself, unless we are no longer let in. */
function listen(): void {
  events?.close()
  const mine = new EventSource('/api/v1/overview/events')
  events = mine
  mine.addEventListener('overview', event => {
    isPolled.value = false
    take(JSON.parse((event as MessageEvent<string>).data) as Overview)
  })
  mine.addEventListener('error', async () => {
    const isRefused = mine.readyState === EventSource.CLOSED
    if (!isRefused) isCut.value = true
    const signal = AbortSignal.timeout(silentMs)
    const answer = await fetch('/api/v1/overview', { signal }).catch(() => null)
    if (answer?.status === 401) return logIn()
    if (mine !== events || !isRefused) return
    const frame = answer?.ok ? ((await answer.json().catch(() => null)) as Overview | null) : null
    isPolled.value = frame !== null
    if (frame) take(frame)
    else isCut.value = true
    setTimeout(listen, pollEveryMs) // perhaps there is room by now
  })
}

function take(frame: Overview): void {
  heardMs = performance.now()
  heardAt.value = Date.now()
  silence.value = 0
  isCut.value = false
  reconnectedAfter = 0
  overview.value = frame
}

/** The connection may stand and carry nothing: a frozen server, a proxy that keeps what it gets. */
function watch(): void {
  const ms = performance.now() - heardMs
  silence.value = ms < silentMs ? 0 : ms
  if (silence.value === 0 || ms - reconnectedAfter < deadMs) return
  reconnectedAfter = ms
  listen()
}

export function startFeed(): void {
  listen()
  setInterval(watch, 500)
}
