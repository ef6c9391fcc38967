import { Redis } from 'ioredis'
import type { ServerProcess } from '../../cli/servers/started.ts'

/** Where faults happen. */
export interface FaultPlace {
  redisUrl: string
  redis: ServerProcess
  /** The processes that read and write. */
  pids: readonly number[]
}

/** A fault of the cache's Redis, or of the way to it, that a near cache has to survive without a stale read. */
export interface NearFault {
  name: string
  /** How long it lasts. Milliseconds. */
  lastsMs: number
  /** How often it is repeated meanwhile. Default: it is not. Milliseconds. */
  everyMs?: number
  inject(place: FaultPlace): Promise<void>
  mend?(place: FaultPlace): Promise<void>
}

/** Commands to the cache's Redis, over a connection for each fault: a fault may kill it. */
async function asking<T>({ redisUrl }: FaultPlace, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl)
  redis.on('error', () => {})
  return work(redis).finally(() => redis.disconnect())
}

const command = (
  name: string,
  lastsMs: number,
  everyMs: number,
  ...words: [string, ...string[]]
): NearFault => ({
  name,
  lastsMs,
  everyMs,
  inject: place => asking(place, async redis => void (await redis.call(...words))),
})

const signalled = (name: string, lastsMs: number): NearFault => ({
  name,
  lastsMs,
  inject: ({ redis }) => redis.kill('SIGSTOP'),
  mend: ({ redis }) => redis.kill('SIGCONT'),
})

/** Of the lines of CLIENT LIST, those of connections with CLIENT TRACKING. */
async function killTracked(redis: Redis): Promise<void> {
  const lines = ((await redis.client('LIST')) as string).split('\n')
  for (const line of lines) {
    const [, id, flags = ''] = /^id=(\d+) .* flags=(\w+) /.exec(line) ?? []
    if (flags.includes('t')) await redis.client('KILL', 'ID', id as string)
  }
}

const usedBytes = async (redis: Redis) => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])

/** Entries of another program, which push those of Hearth out. */
async function crowd(redis: Redis): Promise<void> {
  const pipeline = redis.pipeline()
  for (let i = 0; i < 100; i++) pipeline.set(`crowd:${Math.random()}`, 'x'.repeat(5_000), 'PX', 5_000)
  await pipeline.exec()
}

export const nearFaults: readonly NearFault[] = [
  { name: 'none', lastsMs: 300, inject: async () => {} },
  {
    name: 'tracked connections killed, again and again',
    lastsMs: 600,
    everyMs: 100,
    inject: place => asking(place, killTracked),
  },
  command('all connections killed', 600, 300, 'CLIENT', 'KILL', 'SKIPME', 'yes'),
  command('FLUSHALL, again and again', 600, 50, 'FLUSHALL'),
  command('SCRIPT FLUSH, again and again', 600, 50, 'SCRIPT', 'FLUSH'),
  {
    name: 'tracking table full (100 keys)',
    lastsMs: 1_000,
    inject: place =>
      asking(place, async redis => void (await redis.config('SET', 'tracking-table-max-keys', '100'))),
    mend: place =>
      asking(place, async redis => void (await redis.config('SET', 'tracking-table-max-keys', '1000000'))),
  },
  {
    name: 'Redis full: entries evicted',
    lastsMs: 1_000,
    everyMs: 20,
    inject: place =>
      asking(place, async redis => {
        if ((await redis.config('GET', 'maxmemory-policy')).at(-1) !== 'volatile-random') {
          const enough = String((await usedBytes(redis)) + 300_000)
          await redis.config('SET', 'maxmemory', enough, 'maxmemory-policy', 'volatile-random')
        }
        await crowd(redis)
      }),
    mend: place =>
      asking(
        place,
        async redis => void (await redis.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'volatile-lfu')),
      ),
  },
  signalled('Redis frozen for 0.3 s', 300),
  signalled('Redis frozen for 1.5 s', 1_500),
  {
    name: 'Redis killed (kill -9), back empty',
    lastsMs: 500,
    inject: ({ redis }) => redis.kill('SIGKILL'),
    mend: ({ redis }) => redis.restart(),
  },
  {
    name: 'a process frozen for 1 s',
    lastsMs: 1_000,
    inject: async ({ pids: [pid = 0] }) => void process.kill(pid, 'SIGSTOP'),
    mend: async ({ pids: [pid = 0] }) => void process.kill(pid, 'SIGCONT'),
  },
]
