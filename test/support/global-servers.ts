import { Redis } from 'ioredis'
import type { TestProject } from 'vitest/node'
import { createKeys } from '../../cache/keys.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { type StartedNeo4j, startNeo4j } from '../../tools/servers/neo4j.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { plantCrowd } from './crowd.ts'
import { indexedFleet } from './indexed-fleet.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string
    neo4j: { uri: string; user: string; password: string }
  }
}

interface Shared {
  servers: Promise<{ redis: StartedRedis; neo4j: StartedNeo4j }>
  users: number
}

/** On the process, not in this module, because each vitest project has its own instance of the module. */
const holder = globalThis as { [name: symbol]: Shared | undefined }
const place = Symbol.for('hearth.test.servers')

/** One Redis and one Neo4j for the whole run, whichever projects are in it. The last project to end stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = holder[place] ?? { servers: startBoth(), users: 0 }
  holder[place] = shared
  shared.users++
  const { redis, neo4j } = await shared.servers
  project.provide('redisUrl', redis.url)
  project.provide('neo4j', { uri: neo4j.uri, user: neo4j.user, password: neo4j.password })
  return async () => {
    if (--shared.users > 0) return
    holder[place] = undefined
    await Promise.all([redis.stop(), neo4j.stop()])
  }
}

async function startBoth(): Promise<{ redis: StartedRedis; neo4j: StartedNeo4j }> {
  const say = (line: string): void => console.log(`[servers] ${line}`)
  const [redis, neo4j] = await Promise.allSettled([startRedis({ say }), startNeo4j({ say })])
  if (redis.status === 'fulfilled' && neo4j.status === 'fulfilled') {
    if (redis.value.process) await neverWaitForTheDisk(redis.value.url)
    await indexIsWhole(redis.value.url)
    for (const fleet of [{}, { fleet: indexedFleet }]) {
      const world = neo4jWorld({ ...neo4j.value, ...fleet })
      await world.schema() // without which no worker starts
      await world.close()
    }
    if (neo4j.value.process) await plantCrowd(neo4j.value)
    return { redis: redis.value, neo4j: neo4j.value }
  }
  for (const server of [redis, neo4j]) if (server.status === 'fulfilled') await server.value.stop()
  throw redis.status === 'rejected' ? redis.reason : (neo4j as PromiseRejectedResult).reason
}

/** No entries of an older version are in it: walks through worlds read their indexes. */
async function indexIsWhole(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.set(createKeys().indexedSince, 0)
  await redis.quit()
}

/** A busy disk that delays the append-only file would block Redis. No data of the tests has to survive. */
async function neverWaitForTheDisk(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.config('SET', 'appendfsync', 'no')
  await redis.quit()
}
