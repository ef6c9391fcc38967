import { Redis } from 'ioredis'
import { openedHearth } from '../tools/opened-hearth.ts'
import { demoWorld } from '../world/demo/demo.ts'
import type { Bench } from './bench.ts'
import { kinds } from './kinds.ts'
import { interleaved, ratios } from './rounds.ts'
import { openRedis } from './servers.ts'
import { throughput } from './throughput.ts'
import { openWarmer } from './warm/hearth.ts'

const worldId = 'bench'
const eventsPerEntity = 20
const inFlight = 64
const batchSize = 100
/**
 * A round is 1.5 s of each contender, in alternating slices of 150 ms, so that other load on the machine affects both.
 */
const slices = 10
const sliceMs = 150

/** Hits through Hearth against the cheapest reads of the same keys. Warming has stored the values. */
export async function read(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 9, entities = 2_000 } = sizes
  const [cache, queue] = [await openRedis(bench, 'cache'), await openRedis(bench, 'queue')]

  say(`warming a world of ${entities} entities with ${eventsPerEntity} events each`)
  const world = await demoWorld({ worldId, entities, eventsPerEntity, exactEventsPerEntity: true })
  const { hearth, warm } = await openWarmer(bench, { cache, queue, world })
  await warm(worldId, 2 + 2 * entities)
  const uncounted = openedHearth({ cache, queue, world, readCounts: false, near: false })
  await closing.opened('a hearth that counts no reads', () => uncounted.close())
  const ids = (await world.members(worldId, { limit: entities })).map(({ id }) => id)

  const redis = new Redis(cache) // with its defaults
  await closing.opened('the plain Redis', async () => redis.disconnect())
  const keyOf = (id: string) => hearth.cache.keys.entry(kinds.timeline, worldId, id).key
  const bytes = await redis.strlen(keyOf(ids[0] ?? ''))
  report.setting({
    entities,
    eventsPerEntity,
    inFlight,
    batchSize,
    'bytes of a value': bytes,
    roundMs: slices * sliceMs,
    rounds,
  })

  const events = (timeline: unknown) => (timeline as unknown[]).length
  const single = { ids, size: 1, atOnce: inFlight, sliceMs, itemsPerId: eventsPerEntity }
  const batches = { ...single, size: batchSize, atOnce: 1 }
  const one = await interleaved({
    rounds,
    slices,
    contenders: {
      hearth: throughput({
        ...single,
        read: async ([id = '']) => events(await hearth.timeline(worldId, id)),
      }),
      uncounted: throughput({
        ...single,
        read: async ([id = '']) => events(await uncounted.timeline(worldId, id)),
      }),
      plain: throughput({
        ...single,
        read: async ([id = '']) => events(JSON.parse((await redis.get(keyOf(id))) ?? '[]')),
      }),
    },
  })
  report.measured({ what: 'hearth.timeline', unit: 'hits/s', rounds: one.hearth })
  report.measured({ what: 'without counting reads', unit: 'hits/s', rounds: one.uncounted })
  report.measured({ what: 'GET and JSON.parse', unit: 'hits/s', rounds: one.plain })
  report.target({ figure: 'counted/uncounted', rounds: ratios(one.hearth, one.uncounted), goal: '>= 0.95' })
  report.target({ figure: 'hit/get', rounds: ratios(one.hearth, one.plain), goal: '>= 0.95' })

  /** All values at once, as a caller needs them: parsing one and dropping it would be cheaper. */
  const parsed = (texts: (string | null)[]): unknown[] => texts.map(text => JSON.parse(text ?? '[]'))
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0)
  const many = await interleaved({
    rounds,
    slices,
    contenders: {
      hearth: throughput({
        ...batches,
        read: async some => sum([...(await hearth.timelines(worldId, some)).values()].map(events)),
      }),
      plain: throughput({
        ...batches,
        read: async some => sum(parsed(await redis.mget(some.map(keyOf))).map(events)),
      }),
    },
  })
  report.measured({ what: 'hearth.timelines', unit: 'batches/s', rounds: many.hearth })
  report.measured({ what: 'MGET and JSON.parse', unit: 'batches/s', rounds: many.plain })
  report.target({ figure: 'batch/mget', rounds: ratios(many.hearth, many.plain), goal: '>= 0.95' })
}
