import { Cluster, type Redis } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { confirmMs, createReplicatedScripts } from '../resilience/replicated-scripts.ts'
import { type Primaries, primaryNamed } from './primaries.ts'
import type { Evaluate } from './script-calls.ts'
import { asked, type CacheRedis } from './scripts.ts'
import { slotOf } from './slots.ts'

/**
 * Runs scripts that change what readers see: what they answer when as many replicas have their writes as must. Otherwise
 * `CacheUnavailable`, so that the change is deferred or tried again: a failover might undo it.
 * @param changes a connection for these alone, since they wait
 */
export function confirmedScripts(changes: CacheRedis, primaries: Pick<Primaries, 'needed'>): Evaluate {
  const byPrimary = new WeakMap<Redis, ReturnType<typeof createReplicatedScripts>>()

  function scriptsOf(primary: Redis) {
    const scripts = byPrimary.get(primary) ?? createReplicatedScripts(primary)
    byPrimary.set(primary, scripts)
    return scripts
  }

  return async (script, keys, args) => {
    const primary = primaryOf(changes, keys[0] as string)
    const replicas = primaries.needed(primary)
    const { answer, copies } = await asked(
      scriptsOf(primary)({ script, keys, args, replicas }).catch(error => {
        if (changes instanceof Cluster && /^MOVED\b/.test(error.message)) changes.refreshSlotsCache()
        throw error
      }),
      changes,
    )
    const needed = Math.max(replicas, primaries.needed(primary)) // the connection may lead to another server by now
    if (copies < needed) throw tooFew(copies, needed)
    return answer
  }
}

const tooFew = (copies: number, needed: number) =>
  new HearthError(
    'CacheUnavailable',
    `the cache's Redis took the change, but within ${confirmMs} ms ${copies} of ${needed} replicas had it, so a failover may undo it`,
  )

/** Where this key is kept. WAIT must go the way of the script, so a cluster's node is asked itself. */
function primaryOf(redis: CacheRedis, key: string): Redis {
  if (!(redis instanceof Cluster)) return redis
  const slot = slotOf(key)
  const [name] = redis.slots[slot] ?? []
  const primary = primaryNamed(redis, name)
  if (primary) return primary
  redis.refreshSlotsCache()
  throw new HearthError('CacheUnavailable', `the cache's Redis has no node for slot ${slot} at present`)
}
