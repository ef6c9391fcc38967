import { Redis } from 'ioredis'
import { neo4jWorld } from '../world/neo4j/world.ts'
import type { Bench } from './bench.ts'
import { writeGeneratedWorld } from './generated-world.ts'
import { ratios } from './rounds.ts'
import { openNeo4j, openRedis } from './servers.ts'
import { contendersOf, replayFloor } from './trace/contenders.ts'
import { type Figures, figuresOf } from './trace/figures.ts'
import { policy, rate, roundMs, scale, timelineMs } from './trace/pace.ts'
import { readRecording } from './trace/recording.ts'

const worldId = 'bench'
/** Few: a world of twenty thousand entities has to be written first, and the loads of both contenders are the same. */
const eventsPerEntity = 5
/** Until then both contenders fill their caches. */
const settleMs = 60_000
/** Neo4j compiles queries that run often; the first contender must not pay for that. */
const practiceLoads = 4_000
const topK = 50

/** A recorded trace, replayed on a plain cache that fills on a miss and on Hearth. Both begin empty. */
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
  const ids = await writeGeneratedWorld(bench, world, {
    worldId,
    entities: keys,
    eventsPerEntity,
    batchSize: 2_000,
  })
  for (let i = 0; i < practiceLoads; i++) await world.timelines(worldId, [ids[i % keys] as string], topK)

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
  const contenders = contendersOf(bench, { cache, queue, neo4j, world, worldId, ids }, { reads, from })
  const all: Record<keyof typeof contenders, Figures[]> = { lazy: [], hearth: [] }
  const floors: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    const [events] = await world.timelines(worldId, [ids[0] as string], topK)
    floors.push(figuresOf(await replayFloor(redis, events, reads), { keys, from: 0 }))
    // Each round begins with the other one, so that a server that has warmed up helps both.
    const order = ['lazy', 'hearth'] as const
    for (const name of round % 2 === 0 ? order : order.toReversed()) {
      await redis.flushall()
      say(`round ${round + 1} of ${rounds}: ${name}, ${Math.round(reads.length / rate)} s`)
      all[name].push(figuresOf(await contenders[name](), { keys, from }))
    }
  }
  reportAll(bench, all, floors)
}

function reportAll(
  bench: Bench,
  all: Record<'lazy' | 'hearth', Figures[]>,
  floors: readonly Figures[],
): void {
  const { report } = bench
  reportOf(bench, 'Hearth', all.hearth)
  reportOf(bench, 'lazy', all.lazy)
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

function reportOf({ report }: Bench, who: string, found: readonly Figures[]): void {
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
