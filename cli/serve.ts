import { destination, pino } from 'pino'
import { readConfig } from '../config/read.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { openNeo4j, queuePlace, type RedisConfig } from './connect.ts'
import { type Part, startServing } from './process.ts'
import { lowerPriority } from './process-priority.ts'
import { runUntilStopped } from './run.ts'
import { type Concerns, checkCacheRedis, checkNeo4j, checkQueueRedis, settle } from './start-checks.ts'
import type { Flags } from './with-hearth.ts'

export interface ServeOptions {
  name: string
  parts: readonly Part[]
  /** Whether it serves the reads of a game. Default false. */
  near?: boolean
  /** What it does from now on, after `ready: `. */
  readyTo: string
}

/** `hearth worker`, `hearth scheduler` and `hearth dashboard`: serves its pages and does its parts until it is stopped. */
export async function serve(
  flags: Flags,
  { name, parts, near = false, readyTo }: ServeOptions,
): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl', 'neo4jUri'] })
  const log = pino({ level: config.logLevel }, destination({ dest: 2, sync: true }))
  const say = (what: string) => log.info(what)
  if (parts.includes('workers')) lowerPriority(config.workerNice)

  await runUntilStopped({
    shutdownMs: config.shutdownMs,
    say,
    async start({ closing, signal }) {
      const world = openNeo4j(config)
      const worldName = `Neo4j at ${withoutPassword(config.neo4jUri)}`
      const serving = await startServing({
        name,
        parts,
        near,
        config,
        world,
        worldName,
        log,
        say,
        closing,
        async check(hearth) {
          const concerns = await concernsOf(hearth, config)
          concerns.push(checkNeo4j({ name: worldName, ...(await world.facts()) }))
          settle(concerns, what => log.warn(what), config.startChecks === 'refuse')
        },
      })
      await serving.work(signal)
      if (signal.aborted) return
      log.info({ prefix: config.queuePrefix }, `ready: ${readyTo}`)
      process.send?.('ready') // pm2 waits for this before it stops the one that we replace
    },
  })
}

/** What would hurt later, of the Redis that are used. */
async function concernsOf(hearth: Hearth, config: RedisConfig): Promise<Concerns[]> {
  const { cache, producer } = partsOf(hearth)
  const { address } = queuePlace(config)
  const queue = { name: `the queues' Redis at ${withoutPassword(address)}`, info: await producer.info() }
  const wanted = { durable: process.env.NODE_ENV === 'production', replicas: config.queueReplicas }
  const concerns = [checkQueueRedis(queue, wanted)]
  if (address !== config.redisUrl) {
    const name = `the cache's Redis at ${withoutPassword(config.redisUrl)}`
    const info = await cache.redis.info()
    concerns.push(checkCacheRedis({ name, info }, { replicas: config.cacheReplicas }))
  }
  return concerns
}
