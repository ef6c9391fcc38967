import { Redis } from 'ioredis'
import type { Running } from './child.ts'
import { type StartedChild, startChild } from './start-child.ts'

/** What a Redis is for; the design gives each its own way of keeping and evicting. */
export type RedisPurpose = 'queue' | 'cache'

export interface RedisSettings {
  purpose: RedisPurpose
  /** As Redis writes it: "256mb". */
  maxMemory?: string | undefined
  /** Further arguments of redis-server. */
  more?: readonly string[]
}

const defaultCacheMemory = '256mb'

/** The settings as arguments of redis-server: the queue's Redis never loses and never evicts, the cache's does both. */
export function redisArguments({ purpose, maxMemory, more = [] }: RedisSettings): string[] {
  const memory = maxMemory ?? (purpose === 'cache' ? defaultCacheMemory : '0')
  const keeping =
    purpose === 'queue'
      ? ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction']
      : ['--appendonly', 'no', '--maxmemory-policy', 'volatile-lfu']
  return ['--save', '', '--maxmemory', memory, ...keeping, ...more]
}

/** Runs redis-server as a child. Throws as `startChild` does. */
export function startRedisChild(
  command: string,
  settings: RedisSettings,
  env: NodeJS.ProcessEnv,
): Promise<StartedChild> {
  return startChild({
    name: 'Redis',
    command,
    args: ({ folder, port }) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'],
      ...redisArguments(settings),
    ],
    env: { ...env, LC_ALL: 'C' }, // it refuses to start under a locale that is not installed
    answers: isThisRedis,
    readyMs: 20_000,
    stopMs: 5_000,
  })
}

/** Asks for the process id, because two starters may have picked the same port. */
export async function isThisRedis({ port, pid }: Running): Promise<boolean> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    if ((await redis.ping()) !== 'PONG') return false
    return new RegExp(`^process_id:${pid}\\r?$`, 'm').test(await redis.info('server'))
  } catch {
    return false // not listening yet, or still loading its append-only file
  } finally {
    redis.disconnect()
  }
}
