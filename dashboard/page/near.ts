import type { Overview } from '../overview/overview.ts'
import { fact, h } from './dom.ts'
import { empty } from './tables.ts'
import { count } from './words.ts'

const megabytes = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** The near cache of the process that serves this page. */
export function near({ near }: Overview): HTMLElement {
  if (near === null) return empty('This process has none: it serves no reads, or HEARTH_NEAR_BYTES is 0.')
  const { state, reason, bytes, entries, evictions, invalidations, fences, lost } = near
  const why = state === 'off' ? h('strong', { class: 'bad' }, reason ?? '') : null
  return h(
    'dl',
    { class: 'facts card' },
    fact('State', state, why),
    fact('Entries', count(entries)),
    fact('MB', megabytes.format(bytes / 1_000_000)),
    fact('Evictions', count(evictions)),
    fact('Invalidations', count(invalidations)),
    fact('Fences', count(fences)),
    fact('Times emptied', count(lost)),
  )
}
