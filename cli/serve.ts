import { destination, pino } from 'pino'
import { readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { openNeo4j } from './connect.ts'
import { giveWay } from './give-way.ts'
import { type Part, startServing } from './process.ts'
import { runUntilStopped } from './run.ts'
import type { Flags } from './setting-flags.ts'
import { checkCacheRedis, checkNeo4j, checkQueueRedis, settle } from './start-checks.ts'

export interface ServeOptions {
  /** Of the command. */
  name: string
  parts: readonly Part[]
  /** What it does from now on, after `ready: `. */
  readyTo: string
}

/** `hearth worker`, `hearth scheduler` and `hearth dashboard`: serves its pages and does its parts until it is told to stop. */
export async function serve(flags: Flags, { name, parts, readyTo }: ServeOptions): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl', 'neo4jUri'] })
  const { redisUrl, queueRedisUrl = redisUrl, neo4jUri, queuePrefix: prefix } = config
  const log = pino({ level: config.logLevel }, destination({ dest: 2, sync: true }))
  const say = (what: string) => log.info(what)
  if (parts.includes('workers')) giveWay(config.workerNice)

  await runUntilStopped({
    shutdownMs: config.shutdownMs,
    say,
    async start({ closing, signal }) {
      const world = openNeo4j(config)
      const worldName = `Neo4j at ${withoutPassword(neo4jUri)}`
      const serving = await startServing({
        ...{ name, parts, config, world, worldName, log, say, closing },
        async check(hearth) {
          const { cache, producer } = partsOf(hearth)
          const queueName = `the queues' Redis at ${withoutPassword(queueRedisUrl)}`
          const concerns = [
            checkQueueRedis(
              { name: queueName, info: await producer.info() },
              process.env.NODE_ENV === 'production',
            ),
            checkNeo4j({ name: worldName, ...(await world.facts()) }),
          ]
          if (queueRedisUrl !== redisUrl) {
            const cacheName = `the cache's Redis at ${withoutPassword(redisUrl)}`
            concerns.push(checkCacheRedis({ name: cacheName, info: await cache.redis.info() }))
          }
          settle(concerns, what => log.warn(what), config.startChecks === 'refuse')
        },
      })
      await serving.work(signal)
      if (signal.aborted) return
      log.info({ prefix }, `ready: ${readyTo}`)
      process.send?.('ready') // pm2 waits for this before it stops the one that we replace
    },
  })
}
