import { context, createContextKey } from '@opentelemetry/api'
import type { CacheObserver } from '../cache/observer.ts'
import { inSpan } from '../telemetry/tracing.ts'
import type { AroundRead } from './reads.ts'

/** What came of the entries of one read. */
interface Tally {
  hits: number
  misses: number
  bypassed: number
}

const tallyKey = createContextKey('what came of a Hearth read')

/** A read in a span that says whether it was a hit. */
export const tracedRead: AroundRead = ({ kind, worldId, isBatch }, read) => {
  const tally: Tally = { hits: 0, misses: 0, bypassed: 0 }
  const name = `hearth.${isBatch ? kind.http.path : kind.name}`
  const attributes = { 'hearth.kind': kind.name, 'hearth.world.id': worldId }
  const within = context.active().setValue(tallyKey, tally)
  return inSpan({ name, attributes, within }, async span => {
    try {
      return await read()
    } finally {
      const outcome = outcomeOf(tally)
      if (outcome) span.setAttribute('hearth.read.outcome', outcome)
      if (isBatch) {
        span.setAttributes({
          'hearth.read.hits': tally.hits,
          'hearth.read.misses': tally.misses,
          'hearth.read.bypassed': tally.bypassed,
        })
      }
    }
  })
}

/** Of a batch the worst: one that bypassed the cache in part was bypassed, one that missed in part was a miss. */
function outcomeOf({ hits, misses, bypassed }: Tally): 'hit' | 'miss' | 'bypassed' | undefined {
  if (bypassed > 0) return 'bypassed'
  if (misses > 0) return 'miss'
  return hits > 0 ? 'hit' : undefined
}

/** Notes what came of a read for its span, within the read that it is about. */
export const notingReads: Pick<CacheObserver, 'hit' | 'nearHit' | 'miss' | 'bypassed'> = {
  hit: (_kind, count, level) => {
    if (level !== 'near') note('hits', count) // these are counted later, outside their reads
  },
  nearHit: (_kind, count) => note('hits', count),
  miss: (_kind, count) => note('misses', count),
  bypassed: (_kind, count) => note('bypassed', count),
}

function note(what: keyof Tally, count: number): void {
  const tally = context.active().getValue(tallyKey) as Tally | undefined
  if (tally) tally[what] += count
}
