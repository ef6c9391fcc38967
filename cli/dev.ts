import { partition } from 'es-toolkit'
import { destination, pino } from 'pino'
import { type Config, readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import type { WarmProgress, WarmResult } from '../jobs/warm/payload.ts'
import type { JobRef } from '../queues/producer.ts'
import { watchJob } from '../queues/watch.ts'
import { demoWorld } from '../world/demo/demo.ts'
import type { World } from '../world/world.ts'
import { queuePlace, type RedisConfig } from './connect.ts'
import { createFillClock, demoReport } from './dev-report.ts'
import { nextFreePort } from './next-free-port.ts'
import { type Serving, startServing } from './process.ts'
import { showProgress } from './progress.ts'
import { runUntilStopped } from './run.ts'
import { announceDev } from './running-dev.ts'
import { startRedis } from './servers/redis.ts'
import { count, duration, note, print } from './terminal.ts'
import type { Flags } from './with-hearth.ts'

export interface DevFlags extends Flags {
  /** Of the demo world. */
  entities: number
}

const worldId = 'demo'

/** `hearth dev`: everything in one process, to try it: a Redis, a made-up world, workers that warm it, the pages. */
export async function dev(flags: DevFlags): Promise<void> {
  const given = await withFreePort(withoutCypher(readConfig({ flags })), flags)
  const log = pino({ level: given.logLevel }, destination({ dest: 2, sync: true }))

  await runUntilStopped({
    shutdownMs: given.shutdownMs,
    signals: ['SIGINT', 'SIGTERM', 'SIGHUP'], // a closed terminal ends it too
    say: print,
    async start({ closing, signal }) {
      const redis = await startRedis({ purpose: 'queue', say: print })
      await closing.opened('the Redis child', redis.stop)
      const config = devConfig(given, redis.url, flags.entities)
      const { redisUrl, queuePrefix } = config
      const withdraw = announceDev({ redisUrl, queuePrefix })
      await closing.opened('the note for other commands', async () => withdraw())
      const world = await demoWorld({ worldId, entities: flags.entities })
      print(`World: ${worldId}, ${count(flags.entities)} entities, made up and kept in this process`)

      const clock = createFillClock()
      const serving = await startServing({
        name: 'dev',
        parts: ['workers', 'relay', 'schedules'],
        near: true,
        config,
        world,
        log,
        closing,
        observer: clock,
      })
      clock.start()
      // Anew even if warm: a Redis that was there before may hold the demo of another size.
      const job = await serving.hearth.warm(worldId, { force: true })
      const [result] = await Promise.all([watchWarming(config, job), serving.work(signal)])
      if (signal.aborted) return

      const { cache } = partsOf(serving.hearth)
      const { rows } = await cache.inspect(worldId)
      print(demoReport(rows, clock, cache.keys.kinds.all))
      print(`${worldId} is warm: ${count(result.filled)} entries in ${duration(clock.total())}.`)
      print(await whatNow(serving, config, world))
    },
  })
}

/** The configuration without the kinds that only a database could load. */
function withoutCypher(config: Config): Config {
  const { kinds = [] } = config.file
  const [left, loadable] = partition(kinds, ({ cypher }) => cypher !== undefined)
  if (left.length === 0) return config
  const names = left.map(({ name }) => name).join(', ')
  note(
    `Left out here: ${names}. The made-up world cannot run the Cypher of a kind; \`hearth worker\` does, with ` +
      'HEARTH_NEO4J_URI. A kind that has `load` in place of `cypher` is kept.',
  )
  return { ...config, file: { ...config.file, kinds: loadable } }
}

/** Where no port was asked for, the usual one need not be free. */
async function withFreePort(config: Config, flags: Flags): Promise<Config> {
  if (flags['port'] !== undefined || process.env['HEARTH_PORT']) return config
  return { ...config, port: await nextFreePort(config.host, config.port) }
}

/**
 * Queues of its own, because a worker of the real game on the same Redis would look for the demo in its Neo4j; and
 * jobs small enough for a progress that can be seen.
 */
function devConfig(given: Config, url: string, entities: number): RedisConfig {
  return {
    ...given,
    redisUrl: url,
    queueRedisUrl: given.queueRedisUrl ?? url,
    queuePrefix: `${given.queuePrefix}-dev`,
    warmChunk: Math.min(given.warmChunk, Math.ceil(entities / 20)),
  }
}

async function watchWarming(config: RedisConfig, job: JobRef): Promise<WarmResult> {
  const progress = showProgress(`warming ${worldId}`, 'entries')
  try {
    const result = await watchJob<WarmResult, WarmProgress>(queuePlace(config), job, progress.show)
    progress.show({ done: result.entries, total: result.entries }) // what was reported before we listened is missing
    return result
  } finally {
    progress.end()
  }
}

async function whatNow({ dashboard }: Serving, config: RedisConfig, world: World): Promise<string> {
  const members = await world.members(worldId, { limit: 50 })
  const ids = members.map(({ id }) => id)
  const timelines = await world.timelines(worldId, ids, 1)
  const id = ids.find((_, i) => (timelines[i]?.length ?? 0) > 0) ?? 'c1'
  const width = Math.max(...dashboard.addresses.map(({ name }) => name.length))
  return [
    '',
    'The pages:',
    ...dashboard.addresses.map(({ name, url }) => `  ${name.padEnd(width)}  ${url}`),
    '',
    `Read a timeline from another shell. It is a hit, for the next ${duration(config.timelineTtlMs * (1 - config.ttlJitter))}:`,
    `  HEARTH_REDIS_URL=${config.redisUrl} npx hearth read ${worldId} --timeline ${id}`,
    '',
    `What asks for jobs needs the prefix of these queues too, ${config.queuePrefix}:`,
    `  HEARTH_REDIS_URL=${config.redisUrl} HEARTH_QUEUE_PREFIX=${config.queuePrefix} npx hearth activate ${worldId} --force --wait`,
    '',
    'Without HEARTH_REDIS_URL, commands on this machine find it by themselves:',
    `  npx hearth worlds`,
    '',
    'Ctrl-C stops all of it.',
  ].join('\n')
}
