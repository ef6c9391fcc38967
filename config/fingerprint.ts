import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Kind } from '../model/kind.ts'
import type { Kinds } from '../model/kinds.ts'
import { createTtlPolicy, type TtlOptions } from '../model/ttl-policy.ts'

/** What decides about cached values, part by part: numbers as they are, all else as short digests. */
export type Fingerprint = Readonly<Record<string, string>>

const lifeOf = 'lives.kindsMs.'

export interface Deciding {
  kinds: Kinds
  topK: number
  lives?: TtlOptions | undefined
  /** What the source says of itself; see `World.decides`. */
  world?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Processes whose fingerprints are equal store the same values for the same time. The code of functions (`load`, `key`,
 * `staleOn`) is not in it, since each compiler writes it differently: of a key it is the result that counts.
 */
export function fingerprintOf({ kinds, topK, lives = {}, world = {} }: Deciding): Fingerprint {
  const { nullMs = 30_000, jitter = 0.1 } = lives
  const { usualMs } = createTtlPolicy(lives)
  const parts = new Map([
    ['topK', String(topK)],
    ['lives.nullMs', String(nullMs)],
    ['lives.jitter', String(jitter)],
  ])
  for (const [part, value] of Object.entries(world)) parts.set(`world.${part}`, digest(value))
  for (const kind of kinds.all) {
    parts.set(`kinds.${kind.name}`, digest(declarationOf(kind)))
    const ms = usualMs(kind)
    parts.set(`${lifeOf}${kind.name}`, ms === Number.POSITIVE_INFINITY ? 'ever' : String(ms))
  }
  return Object.fromEntries(parts)
}

/** One part in which two processes decide differently; null where one does not have it. */
export interface PartDifference {
  part: string
  here: string | null
  there: string | null
}

/** A kind that one of them lacks is one difference, whatever its life; a source that says nothing of itself is none. */
export function differencesOf(here: Fingerprint, there: Fingerprint): PartDifference[] {
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])].sort()
  const isIn = (name: string) => name in here && name in there
  const tells = (fingerprint: Fingerprint) => Object.keys(fingerprint).some(name => name.startsWith('world.'))
  const bothTell = tells(here) && tells(there)
  const counts = (name: string): boolean => {
    if (name.startsWith('world.')) return bothTell
    return !name.startsWith(lifeOf) || isIn(`kinds.${name.slice(lifeOf.length)}`)
  }
  return names
    .filter(name => here[name] !== there[name] && counts(name))
    .map(part => ({ part, here: here[part] ?? null, there: there[part] ?? null }))
}

function declarationOf(kind: Kind): unknown {
  const { per, warm, counted, limited, missing, cypher } = kind
  const item = per === 'world' ? null : per === 'entity' ? 'id' : { type: 'character' as const, id: 'id' }
  const schema = z.toJSONSchema(kind.value, { unrepresentable: 'any' })
  return { per, warm, counted, limited, missing, cypher, key: kind.key(item), schema }
}

/** All of it in a few characters: equal where the fingerprints are. */
export const digestOf = (fingerprint: Fingerprint): string => digest(fingerprint)

const digest = (part: unknown): string =>
  `#${createHash('sha256').update(sortedJson(part)).digest('hex').slice(0, 8)}`

/** JSON with names in one order, so that the order in which they were written does not count. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value ?? null, (_name, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
