import { Redis } from 'ioredis'
import { openedHearth } from '../tools/opened-hearth.ts'
import { neo4jWorld } from '../world/neo4j/world.ts'
import type { Bench } from './bench.ts'
import { writeGeneratedWorld } from './generated-world.ts'
import { kinds } from './kinds.ts'
import { interleaved, ratios } from './rounds.ts'
import { openNeo4j, openRedis } from './servers.ts'
import { openLazy } from './trace/lazy.ts'

const worldId = 'bench'
const eventsPerEntity = 20
const missesOfSlice = 200
const slices = 5

/**
 * A miss, one after another: a cold timeline read through Hearth, through a plain cache that fills on a miss, and from
 * Neo4j alone. By the clock, and in CPU time of this process.
 */
export async function miss(bench: Bench): Promise<void> {
  const { report, closing, sizes } = bench
  const { rounds = 9, entities = 1_000 } = sizes
  const [cache, queue] = [await openRedis(bench, 'cache'), await openRedis(bench, 'queue')]
  const neo4j = await openNeo4j(bench)
  const world = neo4jWorld(neo4j)
  const ids = await writeGeneratedWorld(bench, world, { worldId, entities, eventsPerEntity })
  const hearth = openedHearth({ cache, queue, world, near: false }) // closes the world
  await closing.opened('hearth', () => hearth.close())
  const lazy = await openLazy(bench, { cache, world, worldId, timelineMs: 600_000 })
  const redis = new Redis(cache)
  await closing.opened('the plain Redis', async () => redis.disconnect())
  report.setting({ entities, eventsPerEntity, missesOfSlice, slices, rounds })

  let next = 0
  const someIds = () => Array.from({ length: missesOfSlice }, () => ids[next++ % ids.length] ?? '')
  const cpu: Record<string, number[]> = { hearth: [], lazy: [], source: [] }
  /** Each of some ids is read once, after its entry was removed. Answers milliseconds of a read. */
  const slice = (name: string, read: (id: string) => Promise<unknown>, keyOf: (id: string) => string) => {
    return async () => {
      const some = someIds()
      await redis.unlink(...some.map(keyOf))
      const [usedBefore, from] = [process.cpuUsage(), performance.now()]
      for (const id of some) await read(id)
      const ms = (performance.now() - from) / some.length
      const { user, system } = process.cpuUsage(usedBefore)
      cpu[name]?.push((user + system) / some.length)
      return ms
    }
  }
  const entryOf = (id: string) => hearth.cache.keys.entry(kinds.timeline, worldId, id).key
  const found = await interleaved({
    rounds,
    slices,
    contenders: {
      hearth: slice('hearth', id => hearth.timeline(worldId, id), entryOf),
      lazy: slice('lazy', lazy.read, id => `lazy:${worldId}:${id}`),
      source: slice('source', id => world.timelines(worldId, [id], eventsPerEntity), entryOf),
    },
  })
  report.measured({ what: 'a miss through Hearth', unit: 'ms', rounds: found.hearth })
  report.measured({ what: 'a miss of a plain cache', unit: 'ms', rounds: found.lazy })
  report.measured({ what: 'the load alone', unit: 'ms', rounds: found.source })
  for (const [name, rounds] of Object.entries(cpu))
    report.measured({ what: `CPU of this process, ${name}`, unit: 'µs', rounds: rounds.slice(slices) })
  report.target({ figure: 'miss/lazy', rounds: ratios(found.hearth, found.lazy), goal: '<= 1' })
}
