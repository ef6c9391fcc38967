import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import type { ServerProcess } from '../../cli/servers/started.ts'
import { startProxy, type Proxy as Way } from './relay-proxy.ts'

/** A Redis with a replica behind one address, as a managed service has it. All of it is closed when the test ends. */
export interface Pair {
  proxy: Way
  /**
   * The roles change, and only blocking connections are closed. The address still leads to the server that is a replica
   * now.
   */
  demote(): Promise<void>
  /** From now on the address leads to the new primary, for new connections. */
  repoint(): void
  /** On the new primary. */
  primary: Redis
  /** The way of the replica to its primary. */
  link: Way
  /** Of the old primary. */
  process: ServerProcess
}

export async function startPair(): Promise<Pair> {
  const [old, next] = await Promise.all([startRedis({ isolated: true }), startRedis({ isolated: true })])
  onTestFinished(async () => void (await Promise.all([old.stop(), next.stop()])))
  const [oldAdmin, primary] = [new Redis(old.url), new Redis(next.url)]
  for (const admin of [oldAdmin, primary]) {
    admin.on('error', () => {}) // it may be killed
    onTestFinished(() => admin.disconnect())
  }
  if (!old.process) throw new Error('the servers of a pair must be children of this process')
  await oldAdmin.config('SET', 'repl-diskless-sync-delay', '0')
  const link = await startProxy(old.url)
  await primary.replicaof('127.0.0.1', Number(new URL(link.url).port))
  await oldAdmin.set('replicated', '')
  if ((await oldAdmin.wait(1, 20_000)) !== 1) throw new Error('the replica did not follow its primary')
  const proxy = await startProxy(old.url)
  return {
    proxy,
    primary,
    link,
    process: old.process,
    async demote() {
      await oldAdmin.set('replicated', 'all of it')
      if ((await oldAdmin.wait(1, 20_000)) !== 1) throw new Error('the replica did not follow its primary')
      await primary.replicaof('NO', 'ONE')
      await oldAdmin.replicaof('127.0.0.1', Number(new URL(next.url).port))
    },
    repoint: () => proxy.turnTo(next.url),
  }
}
