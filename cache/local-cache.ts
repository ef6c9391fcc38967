import { LRUCache } from 'lru-cache'
import type { Entry } from './keys.ts'

/**
 * What this process loaded a moment ago, for while Redis is away: however many readers an entry has, it is loaded once a second.
 * It is the lease protocol in small: what was being loaded when the entry changed is not kept.
 */
export interface LocalCache {
  /** The JSON text that was loaded within the last `lifeMs`. */
  get(key: string): string | undefined
  /** Call it before a load begins; the answer keeps what the load brought, unless the entry changed meanwhile. */
  begin(entries: readonly Entry[]): (texts: readonly string[]) => void
  /** This process changed these entries. */
  drop(entries: readonly Entry[]): void
  clear(): void
}

export interface OutageCacheOptions {
  /** How long what was loaded is given out; 0 keeps nothing. Milliseconds, default 1,000. */
  lifeMs?: number
  /** Of all texts together. Characters, default 32 million. */
  maxSize?: number
}

export function createLocalCache({
  lifeMs = 1_000,
  maxSize = 32_000_000,
}: OutageCacheOptions = {}): LocalCache {
  const texts = new LRUCache<string, string>({
    maxSize,
    sizeCalculation: (text, key) => text.length + key.length,
    ttl: Math.max(1, lifeMs),
  })
  /** The loads under way, by key. */
  const loading = new Map<string, Set<object>>()

  return {
    get: key => texts.get(key),

    begin(entries) {
      if (lifeMs === 0) return () => {}
      const ticket = {}
      const beganAt = performance.now()
      for (const { key } of entries) {
        const tickets = loading.get(key)
        if (tickets) tickets.add(ticket)
        else loading.set(key, new Set([ticket]))
      }
      return loaded => {
        entries.forEach(({ key }, i) => {
          const tickets = loading.get(key)
          if (!tickets?.delete(ticket)) return
          if (tickets.size === 0) loading.delete(key)
          const text = loaded[i]
          // Its age counts from when the load began: the source may have changed while it was under way.
          if (text !== undefined) texts.set(key, text, { start: beganAt })
        })
      }
    },

    drop(entries) {
      for (const { key } of entries) {
        texts.delete(key)
        loading.delete(key)
      }
    },

    clear() {
      texts.clear()
      loading.clear()
    },
  }
}
