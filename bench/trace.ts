import { Redis } from 'ioredis'
import { generateWorld } from '../world/demo/demo.ts'
import { fillWorld } from '../world/import/fill.ts'
import { neo4jWorld } from '../world/neo4j/world.ts'
import type { Bench } from './bench.ts'
import { ratios } from './rounds.ts'
import { openNeo4j, openRedis } from './servers.ts'
import { counted } from './trace/counted.ts'
import { type Figures, figuresOf } from './trace/figures.ts'
import { openHearth } from './trace/hearth.ts'
import { openLazy } from './trace/lazy.ts'
import { readRecording } from './trace/recording.ts'
import { outcome, type Replayed, type ReplayOptions, replay } from './trace/replay.ts'

const worldId = 'bench'
/** Few: a world of twenty thousand entities has to be written first, and the loads of both contenders are the same. */
const eventsPerEntity = 5
/** Reads a second. The trace tells no times. */
const rate = 400
/** A trace takes three to four minutes so, for about an hour of a game: all times are a twentieth of the standard ones. */
const scale = 20
const timelineMs = 600_000 / scale
const policy = {
  timelineMs,
  halfLifeMs: 600_000 / scale,
  idleMs: 3_600_000 / scale,
  /** More than are read twice in a life at any time, so that this decides and not the bound. */
  top: 1_000,
}
const roundMs = 60_000 / scale
const prune = { least: 0.1, most: 10_000 }
/** Until then everybody is filling his cache. */
const settleMs = 60_000
const floorReads = 4_000
/** Neo4j compiles what it runs often; the first contender must not pay for that. */
const practiceLoads = 4_000

/** A recorded trace, replayed on a plain cache that fills itself lazily and on Hearth. Both begin with nothing. */
export async function trace(bench: Bench): Promise<void> {
  const { report, closing, say, sizes, file } = bench
  const { rounds = 1, reads: most } = sizes
  const { reads, keys } = await readRecording(file, most)
  const [cache, queue, neo4j] = [
    await openRedis(bench, 'cache'),
    await openRedis(bench, 'queue'),
    await openNeo4j(bench),
  ]
  const world = neo4jWorld(neo4j)
  await closing.opened('the world', () => world.close())
  const redis = new Redis(cache)
  await closing.opened('the emptying Redis', async () => redis.disconnect())

  say(`writing a world of ${keys} entities with ${eventsPerEntity} events each`)
  const generated = generateWorld({ entities: keys, eventsPerEntity, exactEventsPerEntity: true })
  await world.schema()
  await fillWorld(world, worldId, generated, { batchSize: 2_000 })
  const ids = Array.from(generated.entities, ({ id }) => id)
  const idOf = (rank: number) => ids[rank] as string
  for (let i = 0; i < practiceLoads; i++) await world.timelines(worldId, [idOf(i % keys)], 50)

  const from = Math.min((settleMs / 1_000) * rate, Math.floor(reads.length / 2))
  report.setting({
    reads: reads.length,
    keys,
    'reads/s': rate,
    'measured from read': from,
    'keys are entities': 'by rank of frequency',
    'events of an entity': eventsPerEntity,
    'times scaled': `1:${scale}`,
    lifeMs: timelineMs,
    halfLifeMs: policy.halfLifeMs,
    roundMs,
    refreshTop: policy.top,
    'to begin with': 'both empty',
    rounds,
  })
  let loaded = 0
  const watched = counted(world, entities => {
    loaded += entities
  })
  const paced = (options: Pick<ReplayOptions, 'read' | 'loaded'>) => replay({ reads, rate, from, ...options })

  async function lazy(): Promise<Replayed> {
    const contender = await openLazy(bench, { cache, world: watched, worldId, timelineMs })
    const found = await paced({ read: rank => contender.read(idOf(rank)), loaded: () => loaded })
    await contender.close()
    return found
  }

  async function hearth(): Promise<Replayed> {
    const place = { address: queue, prefix: `bench-${Date.now()}` }
    const args = { cache, queue: place, neo4j, policy, roundMs, prune }
    const contender = await openHearth(bench, { ...args, world: watched, worldId })
    const found = await paced({
      read: rank => contender.read(idOf(rank)),
      loaded: () => loaded + contender.loaded(),
    })
    await contender.close()
    return found
  }

  async function floor(): Promise<Replayed> {
    const [events] = await world.timelines(worldId, [idOf(0)], 50)
    await redis.set('floor', JSON.stringify(events))
    const read = async () => {
      const told = outcome.getStore()
      if (told) told.hit = true
      return JSON.parse((await redis.get('floor')) ?? '')
    }
    return replay({ reads: reads.slice(0, floorReads), rate, read })
  }

  const contenders = { lazy, hearth }
  const all: Record<keyof typeof contenders, Figures[]> = { lazy: [], hearth: [] }
  const floors: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    floors.push(figuresOf(await floor(), { keys, from: 0 }))
    // Each round begins with the other one: a server that has warmed up, or tired, is so for both.
    const order = ['lazy', 'hearth'] as const
    for (const name of round % 2 === 0 ? order : order.toReversed()) {
      await redis.flushall()
      say(`round ${round + 1} of ${rounds}: ${name}, ${Math.round(reads.length / rate)} s`)
      all[name].push(figuresOf(await contenders[name](), { keys, from }))
    }
  }
  tell(bench, 'Hearth', all.hearth)
  tell(bench, 'lazy', all.lazy)
  report.measured({ what: 'plain GET of a hit, p50', unit: 'ms', rounds: floors.map(({ p50Ms }) => p50Ms) })
  report.measured({ what: 'plain GET of a hit, p99', unit: 'ms', rounds: floors.map(({ p99Ms }) => p99Ms) })

  const both = (figure: 'p99Ms' | 'loadsPer1000') =>
    ratios(
      all.hearth.map(found => found[figure]),
      all.lazy.map(found => found[figure]),
    )
  const hitRateTop = all.hearth.map(found => found.hitRateTop)
  report.target({ figure: 'hit-rate-top1pct', rounds: hitRateTop, goal: '>= 0.999' })
  report.target({ figure: 'p99/lazy', rounds: both('p99Ms'), goal: '< 1' })
  report.target({ figure: 'loads/lazy', rounds: both('loadsPer1000'), goal: '<= 1.2' })
}

function tell({ report }: Bench, who: string, found: readonly Figures[]): void {
  const measured = (what: string, unit: string, of: (figures: Figures) => number) =>
    report.measured({ what: `${who}: ${what}`, unit, rounds: found.map(of) })
  measured('hit rate', '0 to 1', figures => figures.hitRate)
  measured('hit rate of the top 1 %', '0 to 1', figures => figures.hitRateTop)
  measured('reads, p50', 'ms', figures => figures.p50Ms)
  measured('reads, p99', 'ms', figures => figures.p99Ms)
  measured('reads of the top 1 %, p99', 'ms', figures => figures.p99TopMs)
  measured('misses, p50', 'ms', figures => figures.p50MissMs)
  measured('misses, p99', 'ms', figures => figures.p99MissMs)
  measured('reads that failed', 'reads', figures => figures.failed)
  measured('loads per 1,000 reads', 'entities', figures => figures.loadsPer1000)
  for (const { tenths } of found) {
    report.measured({ what: `${who}: hit rate, tenth by tenth`, unit: '0 to 1', rounds: tenths })
  }
}
