import { destination, pino } from 'pino'
import { readConfig } from '../config.ts'
import { openNeo4j, withoutPassword } from './connect.ts'
import { startServing } from './process.ts'
import { runUntilStopped } from './run.ts'
import type { Flags } from './setting-flags.ts'

/** `hearth scheduler`: relays recorded changes until it is told to stop. Of several one acts, the others stand by. */
export async function scheduler(flags: Flags): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl', 'neo4jUri'] })
  const log = pino({ level: config.logLevel }, destination({ dest: 2, sync: true }))

  const say = (what: string) => log.info(what)
  await runUntilStopped({
    shutdownMs: config.shutdownMs,
    say,
    async start({ closing, signal }) {
      const world = openNeo4j(config)
      const worldName = `Neo4j at ${withoutPassword(config.neo4jUri)}`
      const serving = await startServing({ parts: ['relay'], config, world, worldName, log, say, closing })
      log.info({ pages: serving.dashboard.url }, `the pages are at ${serving.dashboard.url}`)
      await serving.work(signal)
      if (signal.aborted) return
      log.info({ prefix: config.queuePrefix }, 'ready: one scheduler acts, the others stand by')
      process.send?.('ready') // pm2 waits for this before it stops the scheduler that we replace
    },
  })
}
