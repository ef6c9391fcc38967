import { chunk } from 'es-toolkit'
import type { Entry, Keys } from './keys.ts'
import { ttlOf } from './presence.ts'
import { type CacheRedis, runScript, scriptNamed } from './scripts.ts'

/** How an entry stands, by its key, its lease and its world's index. */
export interface Standing {
  /** Of its text; 0 where there is none. */
  bytes: number
  /** How long it still lives: null where it is not there, Infinity for ever. Milliseconds. */
  ttlMs: number | null
  /** Whether it is being loaded. */
  isLeased: boolean
  /** What the index says; null where it does not name the entry. */
  noted: Noted | null
}

export interface Noted {
  /** When the entry and its lease have ended at the latest, or when it was made stale: in ms from now, below 0 in the past. */
  leftMs: number
  /** Whether it was made stale, and nothing was stored nor leased since. */
  isInvalidated: boolean
}

const standingScript = scriptNamed('standing')

/** Few enough that Redis is busy with them for less than a millisecond. */
const entriesPerCall = 250

/** How entries of one world stand, some hundreds at a time. Throws `CacheUnavailable`. */
export async function* standings<E extends Pick<Entry, 'key' | 'lease'>>(
  { redis, keys }: { redis: CacheRedis; keys: Keys },
  worldId: string,
  entries: readonly E[],
): AsyncGenerator<[entry: E, standing: Standing][]> {
  for (const batch of chunk(entries, entriesPerCall)) {
    const names = [keys.index(worldId), ...batch.flatMap(({ key, lease }) => [key, lease])]
    const answer = await runScript(redis, standingScript, names, [])
    const [now, ...found] = answer as [string, ...[number, number, number, string][]]
    yield batch.map((entry, i) => {
      const [bytes, ttl, leased, score] = found[i] as [number, number, number, string]
      const noted = score === '' ? null : notedOf(Number(score), Number(now))
      return [entry, { bytes, ttlMs: ttlOf(ttl), isLeased: leased === 1, noted }]
    })
  }
}

/** Times of index.lua are whole microseconds, and a mark of invalidate.lua is not. */
const notedOf = (score: number, now: number): Noted => ({
  leftMs: (score - now) / 1_000,
  isInvalidated: !Number.isInteger(score),
})
