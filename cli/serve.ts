import { destination, pino } from 'pino'
import { readConfig } from '../config/read.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { openNeo4j } from './open-neo4j.ts'
import { type Part, startServing } from './process.ts'
import { lowerPriority } from './process-priority.ts'
import { redisConcerns } from './redis-concerns.ts'
import { runUntilStopped } from './run.ts'
import { checkNeo4j, settle } from './start-checks.ts'
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
          const concerns = await redisConcerns(hearth, config)
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
