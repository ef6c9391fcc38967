import { chunk, sumBy } from 'es-toolkit'
import type { Cache } from '../../cache/cache.ts'
import type { Kind } from '../../model/kind.ts'
import { targetOf } from '../../model/kinds.ts'
import type { Target } from '../../model/world-data.ts'
import type { Producer } from '../../queues/producer.ts'
import { type RefreshPayload, refreshChunk, refreshJob } from './payload.ts'

/** What decides whether an entity's entries are worth renewing. */
export interface RefreshPolicy {
  /** Worlds that were not read or activated for this long are left alone. Milliseconds. */
  idleMs: number
  /** How many of the most read entities of a world are looked at, at most. */
  top: number
  /** Of popularity, in milliseconds. */
  halfLifeMs: number
}

export interface RefreshPopularDeps {
  cache: Pick<Cache, 'activeWorlds' | 'popularity' | 'keys' | 'ttlsMs' | 'ttlPolicy'>
  producer: Pick<Producer, 'addAll'>
  policy: RefreshPolicy
}

/**
 * Of each active world picks the entries of popular entities that are missing, or will expire before the run after the next
 * could renew them, and spreads their renewal until the next one. Answers how many entries it looked at, and how many of
 * them were due and are handed to the `refresh` queue.
 */
export async function refreshPopular(
  deps: RefreshPopularDeps,
  { nextAt, signal }: { nextAt: Date; signal: AbortSignal },
): Promise<{ worlds: number; looked: number; due: number }> {
  const found = { worlds: 0, looked: 0, due: 0 }
  const roundMs = Math.max(0, nextAt.getTime() - Date.now())
  const { cache, policy } = deps
  const { counted } = cache.keys.kinds
  const least = new Map(counted.map(kind => [kind, leastScore(policy, cache.ttlPolicy.usualMs(kind))]))
  for await (const worldIds of cache.activeWorlds.pages(policy.idleMs)) {
    for (const batch of chunk(worldIds, worldsAtOnce)) {
      if (signal.aborted) return found
      const done = await Promise.all(batch.map(worldId => refreshWorld(deps, worldId, { roundMs, least })))
      found.worlds += done.length
      found.looked += sumBy(done, ({ looked }) => looked)
      found.due += sumBy(done, ({ due }) => due)
    }
  }
  return found
}

/** Enough that the round trips do not count, few enough that no other command waits long. */
const worldsAtOnce = 20

interface Round {
  roundMs: number
  /** The score from which an entry of a kind is popular. */
  least: ReadonlyMap<Kind, number>
}

async function refreshWorld(
  { cache, producer, policy }: RefreshPopularDeps,
  worldId: string,
  { roundMs, least }: Round,
): Promise<{ looked: number; due: number }> {
  const popular = await cache.popularity.topScores(worldId, policy.top, Math.min(...least.values()))
  const entries = Array.from(least).flatMap(([kind, leastOfKind]) =>
    popular.filter(({ score }) => score >= leastOfKind).map(({ id }) => cache.keys.entry(kind, worldId, id)),
  )
  const ttlsMs = await cache.ttlsMs(entries)
  const due = entries
    .map(({ kind, item }, i) => ({ target: targetOf(kind, item), leftMs: ttlsMs[i] ?? 0 }))
    .filter(entry => entry.leftMs < 2 * roundMs + slackMs)
    .sort((a, b) => a.leftMs - b.leftMs)
  if (due.length > 0) await producer.addAll(refreshJob, chunksOf(worldId, due, roundMs))
  return { looked: entries.length, due: due.length }
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
const leastScore = ({ halfLifeMs }: RefreshPolicy, lifeMs: number): number =>
  (leastReadsInALife * halfLifeMs) / Math.LN2 / lifeMs

/** Those that expire first go first, the others at a random moment while there is time. */
function chunksOf(worldId: string, due: readonly { target: Target; leftMs: number }[], roundMs: number) {
  return chunk(due, refreshChunk).map(part => {
    const spareMs = Math.min(roundMs, (part[0]?.leftMs ?? 0) / 2)
    const payload: RefreshPayload = {
      worldId,
      targets: part.map(({ target }) => target),
      unlessLeftMs: Math.ceil(2 * roundMs + slackMs),
    }
    return { payload, delayMs: Math.floor(Math.random() * spareMs) }
  })
}
