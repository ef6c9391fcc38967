import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { auditActiveWorlds } from '../../jobs/audit/schedule.ts'
import { queues } from '../../jobs/queues.ts'
import { refreshChunk } from '../../jobs/refresh/payload.ts'
import { refreshPopular } from '../../jobs/refresh/schedule.ts'
import { createProducer } from '../../queues/producer.ts'
import type { Bench } from '../bench.ts'
import { timed } from '../rounds.ts'
import type { Fleet } from './fleet.ts'

export const periodMs = 30_000
const idleMs = 24 * 3_600_000
const auditBudget = 100
/** BullMQ alone adds jobs in bulks as large as those of a refresh round. */
const bulk = 10

/** A refresh round and an audit round over all worlds, and as many jobs by BullMQ alone. Their queues are empty before. */
export async function roundContenders(bench: Bench, fleet: Fleet) {
  const { cache, store, servers } = fleet
  const cpus = [new Redis(servers.cache), new Redis(servers.queue)]
  await bench.closing.opened('the plain connections', async () => {
    for (const redis of cpus) redis.disconnect()
  })
  const signal = new AbortController().signal
  const cpuMs: number[] = []
  const totals = { due: 0, left: 0 }

  async function onEmptyQueues<T>(
    work: (producer: ReturnType<typeof createProducer>) => Promise<T>,
  ): Promise<T> {
    const producer = createProducer({ address: servers.queue, prefix: randomUUID(), queues })
    await Promise.all(producer.queues.map(queue => queue.waitUntilReady()))
    return work(producer).finally(() => producer.close())
  }

  /** Of this process and both servers. Milliseconds. */
  async function cpu(): Promise<number> {
    const ofServers = await Promise.all(cpus.map(async redis => cpuOf(await redis.info('cpu'))))
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000 + ofServers.reduce((sum, ms) => sum + ms, 0)
  }

  return {
    cpuMs,
    totals,
    async refresh(): Promise<number> {
      await fleet.spread()
      const policy = { idleMs, top: 200, halfLifeMs: 600_000 }
      return onEmptyQueues(async producer => {
        const before = await cpu()
        const ms = await timed(async () => {
          const nextAt = new Date(Date.now() + periodMs)
          Object.assign(totals, await refreshPopular({ cache, producer, store, policy }, { nextAt, signal }))
        })
        cpuMs.push((await cpu()) - before)
        return ms
      })
    },

    audit: () =>
      onEmptyQueues(producer => {
        const policy = { idleMs, sample: 100, repair: true, budget: auditBudget }
        const nextAt = new Date(Date.now() + 60_000)
        return timed(() =>
          auditActiveWorlds({ cache, producer, store, policy }, { all: false, nextAt, signal }),
        )
      }),

    /** A job for each world, of as many targets as were due. */
    async jobs(): Promise<number> {
      const queue = new Queue('raw', { connection: { url: servers.queue }, prefix: randomUUID() })
      await queue.waitUntilReady()
      const size = Math.min(refreshChunk, Math.ceil(totals.due / fleet.worldIds.length))
      const targets = Array.from({ length: size }, (_, i) => ({ kind: 'timeline', id: `c${i}` }))
      const ms = await timed(async () => {
        for (let from = 0; from < fleet.worldIds.length; from += bulk) {
          const worlds = fleet.worldIds.slice(from, from + bulk)
          await queue.addBulk(
            worlds.map(worldId => ({ name: worldId, data: { worldId, targets }, opts: { delay: 1_000 } })),
          )
        }
      })
      await queue.close()
      return ms
    },
  }
}

/** From INFO. Milliseconds. */
const cpuOf = (info: string): number =>
  ['user', 'sys'].reduce(
    (sum, of) => sum + 1_000 * Number(new RegExp(`used_cpu_${of}:([\\d.]+)`).exec(info)?.[1] ?? 0),
    0,
  )
