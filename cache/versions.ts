import { HearthError } from '../model/errors.ts'
import type { Keys } from './keys.ts'
import { askedOfOurs, type CacheRedis } from './scripts.ts'

/** A world's version, raised by every invalidation and every write. */
export interface Versions {
  /** Null before the first change. */
  of(worldId: string): Promise<number | null>
  /**
   * What `read` returns, with every read in it made at one version of the world: it is called again when the version
   * moved meanwhile, at most `attempts` times. Throws `VersionMoved` where that was not enough.
   */
  consistent<T>(worldId: string, read: () => Promise<T>, attempts?: number): Promise<T>
}

export function createVersions({ redis, keys }: { redis: CacheRedis; keys: Keys }): Versions {
  const of = async (worldId: string) => {
    const key = keys.version(worldId)
    const version = Number((await askedOfOurs(redis, key, () => redis.get(key))) ?? Number.NaN)
    return Number.isNaN(version) ? null : version // what is no number starts anew with the next change
  }

  return {
    of,

    async consistent(worldId, read, attempts = 5) {
      let before = await of(worldId)
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const result = await read()
        const after = await of(worldId)
        if (after === before) return result
        before = after
      }
      throw new HearthError(
        'VersionMoved',
        `world ${worldId} changed during each of ${attempts} attempts to read it`,
      )
    },
  }
}
