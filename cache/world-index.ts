import type { TtlPolicy } from '../model/ttl-policy.ts'
import type { Keys } from './keys.ts'
import { isEmpty } from './keyspace.ts'
import { asked, askOurs, type CacheRedis, runScript, scriptAfter } from './scripts.ts'

/**
 * The names of a world's entries, which the scripts note in the world's own slot (lua/index.lua): what a walk through
 * the world reads, in place of the keys of all worlds.
 */
export interface WorldIndex {
  /** The next keys of entries: some may be gone, none that is there is missing. `next`: null at the end. */
  page(worldId: string, from: string): Promise<{ found: string[]; next: string | null }>
  /**
   * Whether everything is in it that Redis holds: not for a day after the first process of a version that notes names,
   * when there may be entries that others have stored.
   */
  isWhole(): Promise<boolean>
  /** Removes the names of what has ended. */
  trim(worldId: string): Promise<void>
}

interface WorldIndexDeps {
  redis: CacheRedis
  keys: Keys
  ttlPolicy: Pick<TtlPolicy, 'longestMs'>
}

/** Few enough that Redis is busy with them for less than a millisecond. */
const pageSize = 1_000
/** How long processes of an older version may go on beside the first of this one. Milliseconds. */
const upgradeMs = 24 * 3_600_000

const trimScript = scriptAfter('trim', 'index')

export function createWorldIndex({ redis, keys, ttlPolicy }: WorldIndexDeps): WorldIndex {
  const ask = askOurs(redis)
  const lives = keys.kinds.all
    .filter(({ per }) => per !== 'world') // those of a world itself need no index
    .map(kind => ttlPolicy.longestMs(kind, true))
  const longestMs = Math.max(0, ...lives)

  return {
    // By score, which only grows while anything is there: so what is missed began after the walk did, also where a failover
    // or a moved slot changes the server.
    async page(worldId, from) {
      const flat = await ask(keys.index(worldId), key =>
        redis.zrangebyscore(key, from, '+inf', 'WITHSCORES', 'LIMIT', 0, pageSize),
      )
      const prefix = keys.worldPrefix(worldId)
      const found = flat.filter((_, i) => i % 2 === 0).map(name => prefix + name)
      const last = flat.at(-1)
      if (found.length < pageSize || last === undefined) return { found, next: null }
      return { found, next: last === from ? `(${last}` : last } // the last of a page may share its score with others
    },

    async isWhole() {
      const since = await ask(keys.indexedSince, key => redis.get(key))
      if (since !== null) return since === '0' || Date.now() - Number(since) > longestMs + upgradeMs
      const empty = await isEmpty(redis).catch(() => false) // a Redis user may lack the permission
      await asked(redis.set(keys.indexedSince, empty ? 0 : Date.now(), 'NX'))
      return false
    },

    async trim(worldId) {
      let removed: unknown
      do removed = await runScript(redis, trimScript, [keys.index(worldId)], [pageSize])
      while (removed === pageSize)
    },
  }
}
