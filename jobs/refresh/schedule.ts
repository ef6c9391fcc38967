import { chunk, sumBy } from 'es-toolkit'
import type { Cache } from '../../cache/cache.ts'
import type { Kind } from '../../model/kind.ts'
import type { Target } from '../../model/world-data.ts'
import type { Producer } from '../../queues/producer.ts'
import type { QueueStore } from '../../queues/redis.ts'
import { createWorldTimes, type WorldTimes } from '../../queues/world-times.ts'
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
  cache: Pick<Cache, 'activeWorlds' | 'popularDue' | 'keys' | 'ttlPolicy'>
  producer: Pick<Producer, 'addAll'>
  /** Where the fleet keeps how far it has come. */
  store: QueueStore
  policy: RefreshPolicy
}

export interface RefreshRound {
  /** Worlds that it looked through. */
  worlds: number
  /** Worlds that there was no time for. */
  left: number
  /** Popular entries. */
  looked: number
  /** Of these, those that it handed to the `refresh` queue. */
  due: number
}

/**
 * Of each active world picks the entries of popular entities that are missing, or will expire before the run after the next
 * could renew them, and spreads their renewal until the next one. It takes a third of that time at most: first come the
 * worlds that no round has looked through yet, the last active first, then those of which an entry is the first to end.
 * What is left is what the next round, in whichever process, begins with.
 */
export async function refreshPopular(
  deps: RefreshPopularDeps,
  { nextAt, signal }: { nextAt: Date; signal: AbortSignal },
): Promise<RefreshRound> {
  const startedAt = performance.now()
  const roundMs = Math.max(0, nextAt.getTime() - Date.now())
  const { cache, policy, store } = deps
  const lives = new Map(cache.keys.kinds.counted.map(kind => [kind, cache.ttlPolicy.usualMs(kind)]))
  const run: Run = {
    ...deps,
    roundMs,
    leastScores: new Map(Array.from(lives, ([kind, lifeMs]) => [kind, leastScore(policy, lifeMs)])),
    firstEnds: createWorldTimes(store, 'first-ends'),
    farthestMs: Math.min(policy.idleMs, ...lives.values()),
  }
  const ranked = await run.firstEnds.ranked(cache.activeWorlds.pages(policy.idleMs))
  const worldIds = ranked.map(({ worldId }) => worldId)
  const done: WorldDone[] = []
  const hasTime = () => performance.now() - startedAt < roundMs * shareOfPeriod
  // However busy the machine is, each round gets a batch further.
  while (done.length < worldIds.length && !signal.aborted && (done.length === 0 || hasTime())) {
    done.push(...(await refreshWorlds(run, worldIds.slice(done.length, done.length + worldsAtOnce))))
  }
  await run.firstEnds.forget(Date.now() - policy.idleMs)
  return {
    worlds: done.length,
    left: worldIds.length - done.length,
    looked: sumBy(done, ({ looked }) => looked),
    due: sumBy(done, ({ due }) => due),
  }
}

/** What is left of the core is the relay's and the other rounds'. */
const shareOfPeriod = 1 / 3
/** Enough that the round trips do not count, few enough that no other command waits long. */
export const worldsAtOnce = 10

interface Run extends RefreshPopularDeps {
  roundMs: number
  /** The score from which an entry of a kind is popular. */
  leastScores: ReadonlyMap<Kind, number>
  /** When the first of a world's popular entries ends, of those that a round has left alone. */
  firstEnds: WorldTimes
  /** How far ahead that can be where all were renewed. Milliseconds. */
  farthestMs: number
}

type WorldDone = Pick<RefreshRound, 'looked' | 'due'>

async function refreshWorlds(run: Run, worldIds: readonly string[]): Promise<WorldDone[]> {
  const { cache, producer, policy, roundMs, leastScores, firstEnds, farthestMs } = run
  const options = { top: policy.top, leastScores, leftMs: 2 * roundMs + slackMs }
  const found = await Promise.all(
    worldIds.map(async worldId => ({ worldId, ...(await cache.popularDue(worldId, options)) })),
  )
  const now = Date.now()
  const jobs = found.flatMap(({ worldId, due }) => chunksOf(worldId, due, roundMs))
  await producer.addAll(refreshJob, jobs)
  await firstEnds.note(
    found.map(({ worldId, firstLeftMs }) => ({ worldId, at: now + Math.min(firstLeftMs, farthestMs) })),
  )
  return found.map(({ looked, due }) => ({ looked, due: due.length }))
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
