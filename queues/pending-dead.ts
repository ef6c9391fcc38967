import { sortBy } from 'es-toolkit'
import { isId } from '../model/ids.ts'
import type { PendingDeps } from './pending-keys.ts'
import { queueAnswered } from './redis.ts'

export interface DeadWorlds {
  /** Some worlds with events that were set aside, and how many each has; those with most first. */
  worlds: { worldId: string; events: number }[]
  /** How many such worlds there are. */
  total: number
}

/** Events that were set aside, by world. */
export function createPendingDead({ redis, keys }: PendingDeps) {
  return {
    /** Of `most` worlds at most, however many there are. */
    async deadWorlds(most: number): Promise<DeadWorlds> {
      const [total, [, found]] = await queueAnswered(
        Promise.all([redis.scard(keys.deadWorlds), redis.sscan(keys.deadWorlds, 0, 'COUNT', most)]),
        { redis },
      )
      const ids = found.filter(isId).slice(0, most)
      const events = await queueAnswered(Promise.all(ids.map(id => redis.hlen(keys.of(id).dead))), { redis })
      const worlds = ids.map((worldId, i) => ({ worldId, events: events[i] ?? 0 }))
      return { worlds: sortBy(worlds, [({ events }) => -events, 'worldId']), total }
    },
  }
}
