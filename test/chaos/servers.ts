import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import type { Say, ServerProcess } from '../../cli/servers/started.ts'
import { type StartedNeo4j, startNeo4j } from '../../tools/servers/neo4j.ts'
import { openWay, type Way } from './proxy.ts'

/** The servers that get the faults. The judge, which knows the acknowledged values, gets none. */
export interface Servers {
  cache: StartedRedis
  queue: StartedRedis
  judge: StartedRedis
  neo4j: StartedNeo4j
  way: Way
  stop(): Promise<void>
}

/** Undefined if there are no servers that can be killed. */
export async function startServers(say: Say): Promise<Servers | undefined> {
  const redis = (purpose: 'cache' | 'queue') => startRedis({ isolated: true, purpose, say })
  const [cache, queue, judge, neo4j] = await Promise.all([
    redis('cache'),
    redis('queue'),
    redis('cache'),
    startNeo4j({ isolated: true, say }),
  ])
  const stop = async () => {
    await Promise.all([cache, queue, judge, neo4j].map(server => server.stop()))
  }
  if (!cache.process || !queue.process || !neo4j.process) {
    await stop()
    return undefined
  }
  const way = await openWay(cache.url)
  return {
    cache,
    queue,
    judge,
    neo4j,
    way,
    async stop() {
      way.close()
      await stop()
    },
  }
}

export const processOf = (server: { process?: ServerProcess }): ServerProcess => {
  if (!server.process) throw new Error('this server cannot be killed')
  return server.process
}
