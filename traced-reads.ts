import { context, createContextKey } from '@opentelemetry/api'
import type { Kind } from './cache/keys.ts'
import type { CacheObserver } from './cache/observer.ts'
import { inSpan } from './tracing.ts'

/** The reads that get a span, and what kind of value each brings. */
const kinds = {
  flags: 'flags',
  snapshot: 'snapshot',
  entity: 'entity',
  entities: 'entity',
  timeline: 'timeline',
  timelines: 'timeline',
} as const satisfies Record<string, Kind>
const batches: readonly string[] = ['entities', 'timelines']

type Read = (worldId: string, ...rest: never[]) => Promise<unknown>

/** What came of the entries of one read. */
interface Tally {
  hits: number
  misses: number
  bypassed: number
}

const tallyKey = createContextKey('what came of a Hearth read')

/** The same, each of its reads in a span that says whether it was a hit. */
export function tracedReads<T extends Record<keyof typeof kinds, Read>>(reads: T): T {
  const traced = Object.entries(kinds).map(([name, kind]) => [
    name,
    tracedRead(name, kind, reads[name as keyof typeof kinds]),
  ])
  return { ...reads, ...Object.fromEntries(traced) }
}

function tracedRead(name: string, kind: Kind, read: Read): Read {
  return (worldId, ...rest) => {
    const tally: Tally = { hits: 0, misses: 0, bypassed: 0 }
    const attributes = { 'hearth.kind': kind, 'hearth.world.id': worldId }
    const within = context.active().setValue(tallyKey, tally)
    return inSpan({ name: `hearth.${name}`, attributes, within }, async span => {
      try {
        return await read(worldId, ...rest)
      } finally {
        const outcome = outcomeOf(tally)
        if (outcome) span.setAttribute('hearth.read.outcome', outcome)
        if (batches.includes(name)) {
          span.setAttributes({
            'hearth.read.hits': tally.hits,
            'hearth.read.misses': tally.misses,
            'hearth.read.bypassed': tally.bypassed,
          })
        }
      }
    })
  }
}

/** Of a batch the worst: one that bypassed the cache in part was bypassed, one that missed in part was a miss. */
function outcomeOf({ hits, misses, bypassed }: Tally): 'hit' | 'miss' | 'bypassed' | undefined {
  if (bypassed > 0) return 'bypassed'
  if (misses > 0) return 'miss'
  return hits > 0 ? 'hit' : undefined
}

/** Notes what came of a read for its span. It is told within the read that it is about. */
export const notingReads: Pick<CacheObserver, 'hit' | 'miss' | 'bypassed'> = {
  hit: (_kind, count) => note('hits', count),
  miss: (_kind, count) => note('misses', count),
  bypassed: (_kind, count) => note('bypassed', count),
}

function note(what: keyof Tally, count: number): void {
  const tally = context.active().getValue(tallyKey) as Tally | undefined
  if (tally) tally[what] += count
}
