import { Redis } from 'ioredis'
import { processOf, type Servers } from './servers.ts'

/** A fault that can be injected and ended. */
export interface Fault {
  name: string
  inject(servers: Servers): Promise<void>
  mend(servers: Servers): Promise<void>
}

async function told(url: string, command: string, ...args: string[]): Promise<void> {
  const redis = new Redis(url)
  await redis.call(command, ...args).finally(() => redis.disconnect())
}
const weather = (name: string, kind: Parameters<Servers['way']['become']>[0]): Fault => ({
  name,
  inject: async ({ way }) => way.become(kind),
  mend: async ({ way }) => way.become({ kind: 'clear' }),
})
const killed = (name: string, which: 'cache' | 'queue' | 'neo4j'): Fault => ({
  name,
  inject: servers => processOf(servers[which]).kill('SIGKILL'),
  mend: servers => processOf(servers[which]).restart(),
})
const frozen = (name: string, which: 'cache' | 'queue' | 'neo4j'): Fault => ({
  name,
  inject: servers => processOf(servers[which]).kill('SIGSTOP'),
  mend: servers => processOf(servers[which]).kill('SIGCONT'),
})

export const faults: readonly Fault[] = [
  { name: 'none', inject: async () => {}, mend: async () => {} },
  killed('cache killed, back empty', 'cache'),
  frozen('cache frozen', 'cache'),
  weather('cache slow (300 ms)', { kind: 'slow', ms: 300 }),
  weather('cache cut off', { kind: 'cut' }),
  weather('cache silent (nothing passes)', { kind: 'blackhole' }),
  {
    name: 'cache full (OOM)',
    inject: ({ cache }) =>
      told(cache.url, 'CONFIG', 'SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction'),
    mend: ({ cache }) =>
      told(cache.url, 'CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'volatile-lfu'),
  },
  {
    name: 'cache read-only (left behind by a failover)',
    inject: ({ cache }) => told(cache.url, 'REPLICAOF', '127.0.0.1', '1'),
    mend: ({ cache }) => told(cache.url, 'REPLICAOF', 'NO', 'ONE'),
  },
  killed('queue killed', 'queue'),
  frozen('queue frozen', 'queue'),
  frozen('Neo4j frozen', 'neo4j'),
  killed('Neo4j killed', 'neo4j'),
]
