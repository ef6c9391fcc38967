import { Redis } from 'ioredis'
import neo4j, { type Driver } from 'neo4j-driver'
import { type StartedRedis, startRedis } from '../cli/servers/redis.ts'
import { type StartedNeo4j, startNeo4j } from '../tools/servers/neo4j.ts'
import type { Bench } from './bench.ts'

/**
 * Separate servers, even if the environment names others: a measurement must neither disturb nor be disturbed. The
 * report gets their versions; `closing` stops them.
 */
export const openRedis = async (bench: Bench, purpose: 'cache' | 'queue'): Promise<string> =>
  (await startedRedis(bench, purpose)).url

/** The same, with the process, so that a benchmark can kill it. */
export async function startedRedis(
  { closing, say, report }: Bench,
  purpose: 'cache' | 'queue',
): Promise<StartedRedis> {
  const started = await startRedis({ isolated: true, purpose, maxMemory: '2gb', say })
  await closing.opened('Redis', () => started.stop())
  const redis = new Redis(started.url)
  const [, version = '?'] = /^redis_version:(.*)\r?$/m.exec(await redis.info('server')) ?? []
  redis.disconnect()
  report.setting({ [`redis (${purpose})`]: version.trim() })
  return started
}

export async function openNeo4j({ closing, say, report }: Bench): Promise<StartedNeo4j> {
  const started = await startNeo4j({ isolated: true, quick: false, heapMb, say })
  await closing.opened('Neo4j', () => started.stop())
  const driver = plainDriver(started)
  const { agent = '?' } = await driver.getServerInfo()
  await driver.close()
  report.setting({ neo4j: agent.replace('Neo4j/', ''), 'neo4j heap MB': heapMb })
  return started
}

/** A driver as in its manual, except that integers are JavaScript numbers, which is the cheapest way. */
export function plainDriver({ uri, user, password }: StartedNeo4j): Driver {
  return neo4j.driver(uri, neo4j.auth.basic(user, password), { disableLosslessIntegers: true })
}

const heapMb = 1_024
