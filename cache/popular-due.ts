import { chunk } from 'es-toolkit'
import { isId } from '../model/ids.ts'
import type { Kind } from '../model/kind.ts'
import { patternsOf, targetOf } from '../model/kinds.ts'
import type { Target } from '../model/world-data.ts'
import type { Keys } from './keys.ts'
import { askOurs, type CacheRedis, runScript, scriptNamed } from './scripts.ts'

export interface PopularDueOptions {
  /** How many of the most read entities are looked at, at most. */
  top: number
  /** Kinds whose entries are looked at, each with the score from which an entity's entry is popular. */
  leastScores: ReadonlyMap<Kind, number>
  /** An entry that lives less long is due. Milliseconds. */
  leftMs: number
}

/** What of a world is to be renewed. */
export interface PopularDue {
  /** Popular entries, those too that are not due. */
  looked: number
  /** Those that are missing (0 ms) or end soon, the first to end first. */
  due: { target: Target; leftMs: number }[]
  /** When the first of the others ends, in ms from now; Infinity where none does. */
  firstLeftMs: number
}

/** Of a world's popular entries, those that are missing or end soon. One round trip. */
export type FindPopularDue = (worldId: string, options: PopularDueOptions) => Promise<PopularDue>

const dueScript = scriptNamed('popular-due')

export function createPopularDue({ redis, keys }: { redis: CacheRedis; keys: Keys }): FindPopularDue {
  const ask = askOurs(redis)
  return async (worldId, { top, leastScores, leftMs }) => {
    const kinds = [...leastScores.keys()]
    const least = Math.min(...leastScores.values())
    const patterns = Array.from(leastScores, ([kind, score]) => {
      const [{ before, after } = { before: '', after: '' }] = patternsOf(kind)
      return [score, before, after ?? '']
    })
    const args = [keys.worldPrefix(worldId), top, least, Math.ceil(leftMs), ...patterns.flat()]
    const answer = await ask(keys.popularity(worldId), key => runScript(redis, dueScript, [key], args))
    const [looked, first, ...found] = answer as [number, number, ...(string | number)[]]
    const due = chunk(found, 3).flatMap(([kind, id, leftMs]) =>
      // Another program may have written anything, so what is no id is passed over.
      isId(id) ? { target: targetOf(kinds[Number(kind)] as Kind, id), leftMs: Number(leftMs) } : [],
    )
    due.sort((a, b) => a.leftMs - b.leftMs)
    return { looked, due, firstLeftMs: first === -1 ? Number.POSITIVE_INFINITY : first }
  }
}
