import { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { openedHearth } from '../tools/opened-hearth.ts'
import { demoWorld } from '../world/demo/demo.ts'
import type { Bench } from './bench.ts'
import { kinds } from './kinds.ts'
import { openUnlinks } from './near/tracked-unlink.ts'
import { interleaved, p99, ratios } from './rounds.ts'
import { openRedis } from './servers.ts'
import { throughput } from './throughput.ts'
import { openWarmer } from './warm/hearth.ts'

const worldId = 'bench'
/** Some 5.6 kB of JSON. */
const eventsPerEntity = 14
const inFlight = 64
const batchSize = 100
const slices = 6
const sliceMs = 150
const maxStaleMs = 100
/** Of the entries, in a second. */
const changedShare = 0.01

/** Reads near against the cheapest reads of the same keys from Redis, while another process changes some of them. */
export async function near(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 7, entities = 2_000 } = sizes
  const [cache, queue] = [await openRedis(bench, 'cache'), await openRedis(bench, 'queue')]

  say(`warming a world of ${entities} entities with ${eventsPerEntity} events each`)
  const world = await demoWorld({ worldId, entities, eventsPerEntity, exactEventsPerEntity: true })
  const warmer = await openWarmer(bench, { cache, queue, world })
  await warmer.warm(worldId, 2 + 2 * entities)
  const hearth = openedHearth({ cache, queue, world })
  await closing.opened('the hearth', () => hearth.close())
  const uncounted = openedHearth({ cache, queue, world, readCounts: false })
  await closing.opened('a hearth that counts no reads', () => uncounted.close())
  const ids = (await world.members(worldId, { limit: entities })).map(({ id }) => id)
  for (const each of [hearth, uncounted])
    while ((each.cache.near?.stats.entries ?? 0) < ids.length)
      for (const id of ids) await each.timeline(worldId, id)

  const redis = new Redis(cache) // with its defaults
  await closing.opened('the plain Redis', async () => redis.disconnect())
  const keyOf = (id: string) => hearth.cache.keys.entry(kinds.timeline, worldId, id).key
  const lru = new LRUCache<string, unknown[]>({ max: entities })
  for (const id of ids) lru.set(keyOf(id), [...(await hearth.timeline(worldId, id))])
  const keys = new Map(ids.map(id => [id, keyOf(id)]))
  report.setting({
    entities,
    inFlight,
    batchSize,
    maxStaleMs,
    'changed entries/s': entities * changedShare,
    'bytes of a value': await redis.strlen(keyOf(ids[0] ?? '')),
    roundMs: slices * sliceMs,
    rounds,
  })

  let changed = 0
  const writing = setInterval(
    () => {
      const entityIds = [ids[(changed++ * 7) % ids.length] ?? '']
      void warmer.hearth.changed(worldId, [{ kind: 'event-added', entityIds }])
    },
    1_000 / (entities * changedShare),
  )
  await closing.opened('the changes', async () => clearInterval(writing))

  const events = (timeline: unknown) => (timeline as unknown[]).length
  const sum = (timelines: Iterable<unknown>) => {
    let all = 0
    for (const timeline of timelines) all += events(timeline)
    return all
  }
  /** A change makes it absent for a moment: then it is read as a reader without Hearth would, from the source. */
  const plainly = async (id: string): Promise<number> => {
    const text = await redis.get(keys.get(id) ?? '')
    return text === null ? eventsPerEntity : events(JSON.parse(text))
  }
  const reads = {
    near: async ([id = '']: readonly string[]) => events(await hearth.timeline(worldId, id)),
    uncounted: async ([id = '']: readonly string[]) => events(await uncounted.timeline(worldId, id)),
    bounded: async ([id = '']: readonly string[]) =>
      events(await hearth.timeline(worldId, id, { maxStaleMs })),
    get: ([id = '']: readonly string[]) => plainly(id),
    lru: async ([id = '']: readonly string[]) => events(lru.get(keys.get(id) ?? '')),
  }
  const at = (atOnce: number, size: number, read: (some: readonly string[]) => Promise<number>) =>
    throughput({ ids, size, atOnce, sliceMs, read, itemsPerId: eventsPerEntity })

  const many = await interleaved({
    rounds,
    slices,
    contenders: {
      near: at(inFlight, 1, reads.near),
      uncounted: at(inFlight, 1, reads.uncounted),
      bounded: at(inFlight, 1, reads.bounded),
      get: at(inFlight, 1, reads.get),
      lru: at(inFlight, 1, reads.lru),
    },
  })
  report.measured({ what: 'hearth.timeline, near', unit: 'reads/s', rounds: many.near })
  report.measured({ what: 'without counting reads', unit: 'reads/s', rounds: many.uncounted })
  report.measured({ what: `with maxStaleMs ${maxStaleMs}`, unit: 'reads/s', rounds: many.bounded })
  report.measured({ what: 'GET and JSON.parse', unit: 'reads/s', rounds: many.get })
  report.measured({ what: 'a bare lru-cache', unit: 'reads/s', rounds: many.lru })
  report.target({ figure: 'near/get', rounds: ratios(many.near, many.get), goal: '>= 20' })
  report.target({ figure: 'bounded/get', rounds: ratios(many.bounded, many.get), goal: '>= 60' })
  report.target({ figure: 'counted/uncounted', rounds: ratios(many.near, many.uncounted), goal: '>= 0.9' })

  const one = await interleaved({
    rounds,
    slices,
    contenders: { near: at(1, 1, reads.near), get: at(1, 1, reads.get) },
  })
  report.measured({ what: 'near, one at a time', unit: 'reads/s', rounds: one.near })
  report.measured({ what: 'GET, one at a time', unit: 'reads/s', rounds: one.get })
  report.target({ figure: 'near-one/get', rounds: ratios(one.near, one.get), goal: '>= 1.5' })

  const parsed = (texts: (string | null)[]): unknown[][] =>
    texts.map(text => (text === null ? new Array(eventsPerEntity) : JSON.parse(text)))
  const batches = await interleaved({
    rounds,
    slices,
    contenders: {
      near: at(1, batchSize, async some => sum((await hearth.timelines(worldId, some)).values())),
      mget: at(1, batchSize, async some => sum(parsed(await redis.mget(some.map(id => keys.get(id) ?? ''))))),
    },
  })
  report.measured({ what: 'hearth.timelines, near', unit: 'batches/s', rounds: batches.near })
  report.measured({ what: 'MGET and JSON.parse', unit: 'batches/s', rounds: batches.mget })
  report.target({ figure: 'near-batch/mget', rounds: ratios(batches.near, batches.mget), goal: '>= 30' })

  const slowest = (read: (some: readonly string[]) => Promise<number>) => async () => {
    const took: number[] = []
    await at(inFlight, 1, async some => {
      const from = performance.now()
      const found = await read(some)
      took.push(performance.now() - from)
      return found
    })()
    return p99(took) * 1_000
  }
  const late = await interleaved({
    rounds,
    contenders: { near: slowest(reads.near), get: slowest(reads.get) },
  })
  report.measured({ what: 'p99 near', unit: 'µs', rounds: late.near })
  report.measured({ what: 'p99 of GET', unit: 'µs', rounds: late.get })
  report.target({ figure: 'p99-near/p99-get', rounds: ratios(late.near, late.get), goal: '<= 1' })

  const unlinks = await openUnlinks(bench, cache)
  const cost = await interleaved({
    rounds,
    slices,
    contenders: { tracked: unlinks(true), plain: unlinks(false) },
  })
  report.measured({ what: 'UNLINK of a key that is tracked', unit: 'µs', rounds: cost.tracked })
  report.measured({ what: 'UNLINK', unit: 'µs', rounds: cost.plain })
  report.target({
    figure: 'unlink-tracked/unlink',
    rounds: ratios(cost.tracked, cost.plain),
    goal: '<= 1.3',
  })
}
