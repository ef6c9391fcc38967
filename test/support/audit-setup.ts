import { onTestFinished } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import type { HearthOptions } from '../../hearth/options.ts'
import { createAuditLog } from '../../jobs/audit/log.ts'
import {
  type AuditPayload,
  type AuditProgress,
  type AuditResult,
  auditWorldJob,
} from '../../jobs/audit/payload.ts'
import type { PoolOptions } from '../../jobs/pool/options.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { openStore } from '../../queues/redis.ts'
import { watchJob } from '../../queues/watch.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { World } from '../../world/world.ts'
import { holdLoads } from './held-world.ts'
import { startGame } from './neo4j-game.ts'
import { neo4jAuth } from './servers.ts'
import { fresh } from './setup.ts'

/** So short that a test waits for all of them. */
export const agesMs = [20, 60, 120, 200]
const ages = ['20ms', '60ms', '120ms', '200ms']
/** What an audit counts of an entry that misled readers at every look. */
export const atAllAges = (count: number) => Object.fromEntries(ages.map(age => [age, count]))

/** A hearth with workers that audit, in front of the game's Neo4j or of the world that is given. */
export async function openAudited({
  world: given,
  pool: poolOptions = {},
  ...options
}: { world?: World; pool?: Partial<PoolOptions> } & Partial<HearthOptions> = {}) {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  const truth = given ?? neo4jWorld(neo4jAuth())
  const world = holdLoads(truth)
  const server = await startRedis({ isolated: true }) // where others write, a walk through all keys may meet one twice
  onTestFinished(() => server.stop())
  const place = { address: server.url, prefix: fresh('q') }
  const hearth = openedHearth({ cache: server.url, queuePrefix: place.prefix, world, ...options })
  onTestFinished(() => hearth.close())
  const { redis } = openStore({ address: place.address })
  onTestFinished(() => redis.disconnect())
  const pool = await startPool({ ...place, deps: hearth.jobDeps(), auditAgesMs: agesMs, ...poolOptions })
  onTestFinished(() => pool.close(1_000))
  const { worldId } = game

  return {
    game,
    world,
    place,
    hearth,
    worldId,
    /** The world without holds. */
    truth,
    keys: hearth.cache.keys,
    redis: hearth.cache.redis,
    log: createAuditLog({ redis, prefix: place.prefix }),
    /** Everything of the world, repaired, unless something else is asked for. */
    async audit(
      request: Partial<Omit<AuditPayload, 'plan'>> = {},
      onProgress: (progress: AuditProgress) => void = () => {},
    ): Promise<AuditResult> {
      const job = await hearth.producer.add(auditWorldJob, {
        worldId,
        sample: null,
        repair: true,
        ...request,
      })
      return watchJob<AuditResult, AuditProgress>(place, job, onProgress)
    },
  }
}
