import type { Cache } from '../cache/cache.ts'
import type { Producer } from '../queues/producer.ts'
import { type RefreshPayload, refreshChunk } from '../queues/refresh.ts'

/** What decides whether an entity's timeline is worth renewing. */
export interface RefreshPolicy {
  /** Worlds that nobody read or activated for so long are left alone. Milliseconds. */
  idleMs: number
  /** Of each world at most so many of the most read entities. */
  top: number
  /** Of popularity, in milliseconds. */
  halfLifeMs: number
  /** Of timelines, in milliseconds. */
  timelineMs: number
}

export interface RefreshRoundDeps {
  cache: Pick<Cache, 'activeWorlds' | 'popularity' | 'keys' | 'leftMs'>
  producer: Pick<Producer, 'refresh'>
  policy: RefreshPolicy
}

/** What one round found. */
export interface RefreshRound {
  worlds: number
  /** Popular timelines that were looked at. */
  looked: number
  /** Of these, missing or about to expire, and handed to the `refresh` queue. */
  due: number
}

/**
 * Of each active world picks the popular timelines that are missing, or will expire before the round after the next
 * could renew them, and spreads their renewal until the next one.
 */
export async function refreshRound(
  { cache, producer, policy }: RefreshRoundDeps,
  { nextAt, signal }: { nextAt: Date; signal: AbortSignal },
): Promise<RefreshRound> {
  const found: RefreshRound = { worlds: 0, looked: 0, due: 0 }
  const roundMs = Math.max(0, nextAt.getTime() - Date.now())
  const least = leastScore(policy)

  for await (const worldIds of cache.activeWorlds.pages(policy.idleMs)) {
    for (const worldId of worldIds) {
      if (signal.aborted) return found
      const popular = await cache.popularity.topScores(worldId, policy.top, least)
      const ids = popular.map(({ id }) => id)
      const leftMs = await cache.leftMs(ids.map(id => cache.keys.timeline(worldId, id)))
      const due = ids
        .map((id, i) => ({ id, leftMs: leftMs[i] ?? 0 }))
        .filter(entry => entry.leftMs < 2 * roundMs + slackMs)
        .sort((a, b) => a.leftMs - b.leftMs)
      found.worlds += 1
      found.looked += ids.length
      found.due += due.length
      await producer.refresh(chunksOf(worldId, due, roundMs))
    }
  }
  return found
}

/** For a job to be taken up and done. */
const slackMs = 1_000

/**
 * How often a timeline has to be read in its life to be kept from expiring. A lazy cache loads what is read n times in
 * a life once in 1 + 1/n lives, and we load it once in what the look-ahead leaves of a life (0.8 with ten rounds to a
 * life): at n = 1 that is 2.5 times as many loads, at n = 2 not twice as many. And there are many timelines that are read
 * about once, and few that are read often. Of two recorded web traces, simulated without a bound by `top`, all loads
 * against the lazy cache's are 1.21 and 1.31 at n = 1, 1.07 and 1.13 at n = 2. The most read hundredth of the keys
 * hits in 0.9997 and 1.0 of its reads at n = 2, and at n = 3 in 0.9989 of the first trace's.
 */
const leastReadsInALife = 2

/** A rate of r reads a second has the score r × half-life / ln 2, and makes r × life reads in a life. */
const leastScore = ({ halfLifeMs, timelineMs }: RefreshPolicy): number =>
  (leastReadsInALife * halfLifeMs) / Math.LN2 / timelineMs

/** Those that expire first go first, the others at a random moment while there is time. */
function chunksOf(worldId: string, due: readonly { id: string; leftMs: number }[], roundMs: number) {
  return Array.from({ length: Math.ceil(due.length / refreshChunk) }, (_, i) => {
    const some = due.slice(i * refreshChunk, (i + 1) * refreshChunk)
    const spareMs = Math.min(roundMs, (some[0]?.leftMs ?? 0) / 2)
    const payload: RefreshPayload = {
      worldId,
      timelines: some.map(({ id }) => id),
      entities: [],
      unlessLeftMs: Math.ceil(2 * roundMs + slackMs),
    }
    return { payload, delayMs: Math.floor(Math.random() * spareMs) }
  })
}
