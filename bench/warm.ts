import { Redis } from 'ioredis'
import { defaultTopK } from '../hearth/options.ts'
import type { Member } from '../model/world-data.ts'
import { neo4jWorld } from '../world/neo4j/world.ts'
import type { World } from '../world/world.ts'
import type { Bench } from './bench.ts'
import { writeGeneratedWorld } from './generated-world.ts'
import { kinds } from './kinds.ts'
import { interleaved, ratios, timed } from './rounds.ts'
import { openNeo4j, openRedis, plainDriver } from './servers.ts'
import { type FloorChunk, floor } from './warm/floor.ts'
import { chunkSize, openWarmer } from './warm/hearth.ts'
import { storedWorld } from './warm/stored.ts'
import { today } from './warm/today.ts'
import { topk } from './warm/topk.ts'

const worldId = 'bench'
const eventsPerEntity = 20
const lifeMs = 600_000

/**
 * The warm job from end to end, against the floor and against common practice; then the newest events of long
 * timelines.
 */
export async function warm(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 5, entities = 10_000 } = sizes
  const [cache, queue, neo4j] = [
    await openRedis(bench, 'cache'),
    await openRedis(bench, 'queue'),
    await openNeo4j(bench),
  ]
  const world = neo4jWorld(neo4j)
  const { hearth, warm } = await openWarmer(bench, { cache, queue, world })
  const driver = plainDriver(neo4j)
  await closing.opened('the plain driver', () => driver.close())
  const redis = new Redis(cache)
  await closing.opened('the plain Redis', async () => redis.disconnect())

  await writeGeneratedWorld(bench, world, { worldId, entities, eventsPerEntity })
  const refs = await membersOf(world)
  const entries = 2 + 2 * refs.length

  const { keys } = hearth.cache
  const stored = storedWorld(redis, keys.worldPrefix(worldId))
  await warm(worldId, entries)
  const texts = await stored.read()
  const chunks = chunksOf(
    refs,
    ref => [keys.entry(kinds.entity, worldId, ref).key, keys.entry(kinds.timeline, worldId, ref.id).key],
    texts,
  )
  const bytes = [...texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  report.setting({ entities, eventsPerEntity, entries, MB: bytes / 1e6, chunkSize, rounds })

  const plain = { driver, redis, worldId, limit: defaultTopK, lifeMs }
  const onEmptied = (work: () => Promise<void>) => async () => {
    await stored.empty()
    return timed(work)
  }
  const times = await interleaved({
    rounds,
    contenders: {
      warm: onEmptied(() => warm(worldId, entries)),
      floor: onEmptied(() => floor({ ...plain, chunks })),
      today: onEmptied(() => today({ ...plain, keys, refs })),
    },
    onRound: ({ index, measured }) => say(`round ${index} of ${rounds}: ${inWords(measured)}`),
  })
  report.measured({ what: "Hearth's warm job", unit: 'ms', rounds: times.warm })
  report.measured({ what: 'the floor', unit: 'ms', rounds: times.floor })
  report.measured({ what: 'common practice', unit: 'ms', rounds: times.today })
  report.measured({
    what: 'entries warmed',
    unit: '1/s',
    rounds: times.warm.map(ms => (entries / ms) * 1_000),
  })
  report.measured({ what: 'bytes warmed', unit: 'MB/s', rounds: times.warm.map(ms => bytes / 1e3 / ms) })
  report.target({ figure: 'warm/floor', rounds: ratios(times.warm, times.floor), goal: '<= 1.05' })
  report.target({ figure: 'today/warm', rounds: ratios(times.today, times.warm), goal: '>= 5' })
  await stored.empty()
  await topk(bench, world, rounds)
}

async function membersOf(world: World): Promise<Member[]> {
  const members: Member[] = []
  for (;;) {
    const after = members.at(-1)
    const page = await world.members(worldId, { limit: 5_000, ...(after && { after }) })
    if (page.length === 0) return members
    members.push(...page)
  }
}

/** The chunks of the warm job, each with the entries that it stored. */
function chunksOf(
  refs: readonly Member[],
  keysOf: (ref: Member) => string[],
  texts: ReadonlyMap<string, string>,
): FloorChunk[] {
  return Array.from({ length: Math.ceil(refs.length / chunkSize) }, (_, chunk) => {
    const some = refs.slice(chunk * chunkSize, (chunk + 1) * chunkSize)
    const stored = some.flatMap(keysOf).map(key => {
      const text = texts.get(key)
      if (text === undefined) throw new Error(`warming did not store ${key}`)
      return [key, text] as const
    })
    return { refs: some, stored }
  })
}

const inWords = (times: Readonly<Record<string, number>>): string =>
  Object.entries(times)
    .map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
    .join(', ')
