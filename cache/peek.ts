import { chunk } from 'es-toolkit'
import type { Entry, Keys } from './keys.ts'
import { ttlOf } from './presence.ts'
import { type CacheRedis, runScript, scriptNamed } from './scripts.ts'

/** An entry as it stands in Redis, looked at without touching it. */
export interface Peeked {
  /** Its text; null where there is none, or what is there is no text. */
  text: string | null
  /** What is there, as Redis calls it: `none`, `string`, and what no fill of ours ever made. */
  type: string
  /** When it expires, in ms since 1970 by Redis' clock; null for one without end, or that is not there. */
  expiresAtMs: number | null
  /** How long its lease still stands, in ms: null where there is none, Infinity for one without end. */
  leaseTtlMs: number | null
  /** How long it still lives, in ms: null where it is not there, Infinity for one without end. */
  ttlMs: number | null
}

export interface Peek {
  /** Null where nothing of the world was ever invalidated. */
  version: number | null
  entries: Peeked[]
}

const peekScript = scriptNamed('peek')

/** Few enough that one script call keeps Redis busy for a fraction of a millisecond, even with values of many kB. */
const entriesPerCall = 32

/** Looks at entries of one world, in their order; the version is the one before the first of them. */
export async function peek(
  { redis, keys }: { redis: CacheRedis; keys: Keys },
  worldId: string,
  entries: readonly Entry[],
): Promise<Peek> {
  const seen: Peek = { version: null, entries: [] }
  for (const batch of chunk(entries, entriesPerCall)) {
    const names = [keys.version(worldId), ...batch.flatMap(({ key, lease }) => [key, lease])]
    const answer = await runScript(redis, peekScript, names, [])
    const [nowMs, version, ...found] = answer as [number, string, ...[string, string, number, number][]]
    if (seen.entries.length === 0) seen.version = version === '' ? null : Number(version)
    for (const [text, type, ttlMs, leaseTtlMs] of found) {
      seen.entries.push({
        text: type === 'string' ? text : null,
        type,
        expiresAtMs: ttlMs >= 0 ? nowMs + ttlMs : null,
        ttlMs: ttlOf(ttlMs),
        leaseTtlMs: ttlOf(leaseTtlMs),
      })
    }
  }
  return seen
}
