import { once } from 'node:events'
import { Cluster, type Redis } from 'ioredis'
import type { Breaker } from '../resilience/breaker.ts'
import { leave } from '../resilience/redis-failover.ts'
import type { Primaries } from './primaries.ts'
import type { CacheRedis } from './scripts.ts'

const connectMs = 40

/**
 * Whether a primary takes writes, and is the one of the last probe. What cannot be written to cannot be made stale either, as
 * a replica left behind by a failover. UNLINK, because it is a write that a Redis that is full still takes, as it takes
 * invalidations.
 * @param key one that it holds
 */
export async function probeWritable(
  primary: Redis,
  primaries: Primaries,
  key = 'lw:probe',
): Promise<'same' | 'other'> {
  if (primary.status !== 'ready') await ready(primary)
  const [, which] = await Promise.all([primary.unlink(key), primaries.check(primary)])
  return which
}

/** Not by asking: what is asked of a lost connection is kept, and an outage may last long. */
export function ready(redis: CacheRedis): Promise<void> {
  return new Promise((resolve, reject) => {
    const isReady = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      redis.off('ready', isReady)
      reject(new Error(`not connected (${redis.status})`))
    }, connectMs)
    redis.once('ready', isReady)
  })
}

const firstMs = 2_000

/**
 * A new connection is being made until it is there, is refused, or two seconds have passed. A cluster's is there when it
 * is to each of its primaries: the first command to one would otherwise be late.
 */
export function firstConnection(redis: CacheRedis): { readonly connecting: boolean; over: Promise<void> } {
  let connecting = true
  const over = new Promise<void>(resolve => {
    const end = () => {
      connecting = false
      clearTimeout(timer)
      redis.off('close', end)
      resolve()
    }
    const timer = setTimeout(end, firstMs).unref()
    redis.once('ready', () => {
      if (redis instanceof Cluster) void primariesConnected(redis).then(end)
      else end()
    })
    redis.once('close', end)
  })
  return {
    get connecting() {
      return connecting
    },
    over,
  }
}

/** One that cannot be reached does not count: its commands find out. */
async function primariesConnected(cluster: Cluster): Promise<void> {
  await Promise.all(
    cluster.nodes('master').map(async node => {
      if (node.status !== 'ready' && node.status !== 'end')
        await Promise.race([once(node, 'ready'), ended(node)])
    }),
  ).catch(() => {}) // `once` rejects with an error of the connection
}

const ended = (node: Redis) => new Promise<void>(resolve => void node.once('end', resolve))

const reviveMs = 2_000

/**
 * While the breaker is open, gives up connections that say nothing, with all that was asked on them: one whose other
 * end vanished without a word would stay so for many minutes. Returns what stops it.
 * @param connections those of the moment: a cluster makes new ones
 */
export function reviveStuck(
  connections: () => readonly Redis[],
  breaker: Pick<Breaker, 'onChange'>,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearInterval(timer)
  breaker.onChange(closed => {
    stop()
    if (closed) return
    timer = setInterval(() => {
      for (const redis of connections()) leave(redis)
    }, reviveMs).unref()
  })
  return stop
}
