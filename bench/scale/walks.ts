import { Redis } from 'ioredis'
import { countEntries } from '../../cache/census.ts'
import { createCensusKeeper } from '../../dashboard/console/census-keeper.ts'
import { createCollector } from '../../dashboard/console/collect.ts'
import { createActions } from '../../queues/actions.ts'
import type { Bench } from '../bench.ts'
import { timed } from '../rounds.ts'
import { type Fleet, walked } from './fleet.ts'

/** One is too short to be measured. */
const times = 20

/** The mean of as many, one after the other. Milliseconds. */
const mean = (work: () => Promise<unknown>) => async (): Promise<number> => {
  const ms = await timed(async () => {
    for (let i = 0; i < times; i++) await work()
  })
  return ms / times
}

/** A walk through one world, its pages by a plain ZRANGEBYSCORE, a world counted, and a step of the overview. */
export async function walkContenders(bench: Bench, { hearth, cache, store, servers }: Fleet) {
  const redis = new Redis(servers.cache)
  await bench.closing.opened('the plain Redis', async () => redis.disconnect())
  const census = createCensusKeeper(cache, () => {})
  await bench.closing.opened('the census', async () => census.close())
  const collect = createCollector({
    census,
    queues: hearth.producer.queues,
    actions: createActions(store),
    sources: {
      cache,
      store,
      names: { cache: 'cache', queue: 'queue', source: 'source' },
      probes: { cache: () => cache.ping(), queue: () => hearth.producer.probe(), source: async () => {} },
      cacheState: () => 'trusted',
      starting: () => [],
      differing: () => [],
      backlog: async () => ({ pending: 0, oldestMs: null }),
      schedules: async () => [],
      pendingTotals: async () => ({ pending: 0, dead: 0, oldestMs: 0 }),
      pending: async () => new Map(),
      pendingWorlds: async () => [],
      pendingOf: async () => ({ pending: 0, dead: 0, oldestMs: 0 }),
      inSource: async () => null,
      deadWorlds: async () => ({ worlds: [], total: 0 }),
    },
  })

  async function walk(): Promise<void> {
    let found = 0
    for await (const targets of cache.walk.pages(walked.worldId)) found += targets.length
    if (found < walked.entities) throw new Error(`the walk found ${found} entries`)
  }

  return {
    walk: mean(walk),
    walkFloor: mean(() =>
      redis.zrangebyscore(cache.keys.index(walked.worldId), '-inf', '+inf', 'WITHSCORES'),
    ),
    census: mean(() => countEntries(cache, walked.worldId)),
    overview: mean(collect),
  }
}
