import { destination, pino } from 'pino'
import { readConfig } from '../config.ts'
import { openNeo4j, withoutPassword } from './connect.ts'
import { startServing } from './process.ts'
import { runUntilStopped } from './run.ts'
import type { Flags } from './setting-flags.ts'

/** `hearth worker`: works on jobs until it is told to stop. */
export async function worker(flags: Flags): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl', 'neo4jUri'] })
  const log = pino({ level: config.logLevel }, destination({ dest: 2, sync: true }))

  await runUntilStopped({
    shutdownMs: config.shutdownMs,
    say: what => log.info(what),
    async start({ closing, signal }) {
      const world = openNeo4j(config)
      const worldName = `Neo4j at ${withoutPassword(config.neo4jUri)}`
      const serving = await startServing({ parts: ['workers'], config, world, worldName, log, closing })
      log.info({ pages: serving.dashboard.url }, `the pages are at ${serving.dashboard.url}`)
      await serving.work(signal)
      if (signal.aborted) return
      log.info({ prefix: config.queuePrefix, concurrency: config.warmConcurrency }, 'ready: waiting for jobs')
      process.send?.('ready') // pm2 waits for this before it stops the worker that we replace
    },
  })
}
