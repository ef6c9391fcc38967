// npm run test:near-servers -- [--reads 300000] [--threads 4] [--mutant 'no fence']: the near cache on several servers.
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { startRedisChild } from '../../cli/servers/redis-child.ts'
import { count, duration } from '../../cli/terminal.ts'
import { cacheFolder } from '../../tools/servers/cache-folder.ts'
import type { Mutant } from '../register/mutants.ts'
import { markdownTable } from '../register/near-table.ts'
import { percent } from '../register/percent.ts'
import { redisServers } from '../servers/redis-servers.ts'
import { takenForQueues } from './for-queues.ts'
import { type HammerReport, hammer } from './hammer.ts'

const { values } = parseArgs({
  options: {
    reads: { type: 'string', default: '300000' },
    threads: { type: 'string', default: '4' },
    /** Servers whose source has this text. */
    only: { type: 'string', default: '' },
    mutant: { type: 'string' },
  },
})
const cache = cacheFolder(process.env)
const head = [
  'server',
  'from',
  'for queues',
  'io-threads',
  'self-test',
  'reads',
  'near',
  'past the cache',
  'changes',
  'stale',
  'took',
]
const rows: string[][] = []

/** As it calls itself. */
async function nameOf(url: string): Promise<{ name: string; threads: string }> {
  const redis = new Redis(url)
  try {
    const info = await redis.info('server')
    const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
    const threads = (await redis.config('GET', 'io-threads')) as string[]
    return {
      name: valkey ? `Valkey ${valkey}` : `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}`,
      threads: threads.at(-1) ?? 'none',
    }
  } finally {
    redis.disconnect()
  }
}

function rowOf({ state, reason, reads, near, bypassed, changes, stale, seconds }: HammerReport): string[] {
  const selfTest = reason === undefined ? state : `${state}: ${reason}`
  const took = duration(seconds * 1_000)
  return [selfTest, count(reads), percent(near, reads), count(bypassed), count(changes), count(stale), took]
}

for (const { from, bring } of redisServers.filter(each => each.from.includes(values.only))) {
  try {
    const command = await bring(cache)
    const more = ['--io-threads', values.threads, '--maxmemory-policy', 'noeviction'] // as its queues want it
    const server = await startRedisChild(command, { purpose: 'cache', more }, process.env)
    try {
      const url = `redis://127.0.0.1:${server.port}`
      const { name, threads } = await nameOf(url)
      const forQueues = await takenForQueues(url)
      const report = await hammer(url, Number(values.reads), values.mutant as Mutant | undefined)
      const row = [name, from, forQueues, threads, ...rowOf(report)]
      rows.push(row)
      console.error(row.join(', '))
      if (report.stale > 0 || report.state !== 'armed') process.exitCode = 1
    } finally {
      await server.stop()
    }
  } catch (error) {
    console.error(`${from}: not tested, because ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}
console.log(markdownTable(head, rows))
