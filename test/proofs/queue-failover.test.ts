import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { entityIds, eventOf, plantEntities } from '../support/append-world.ts'
import { type Pair, startPair } from '../support/failover.ts'
import { holderOf, hosts, moveSlot, type Node, startCluster, startSentinels } from '../support/many-redis.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, queueOf } from '../support/setup.ts'

const callers = 100
/** How far the replica is behind its primary. Milliseconds. */
const lagMs = 20
const inTime = { timeout: 60_000, interval: 20 }

/** A game that appends to a queue until it is stopped. */
async function openGame(queue: string) {
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue })
  const worldId = fresh()
  await plantEntities(world, worldId)
  const acknowledged: string[] = []
  let failed = 0
  let next = 0
  let running = true
  async function appendOn(): Promise<void> {
    while (running) {
      const event = eventOf(next++)
      try {
        await hearth.appendEvents(worldId, [event])
        acknowledged.push(event.event_id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'QueueUnavailable' })
        failed += 1
        await pause(20)
      }
    }
  }
  const appending = Promise.all(Array.from({ length: callers }, appendOn))
  onTestFinished(() => {
    running = false
  })

  const untilAcknowledged = (count: number) =>
    vi.waitFor(() => expect(acknowledged.length).toBeGreaterThanOrEqual(count), {
      timeout: 60_000,
      interval: 1,
    })
  return {
    queuesKey: `{${place.prefix}}`,
    /** What adds jobs. */
    untilJobsAreTaken: () => vi.waitFor(() => hearth.producer.probe(), inTime),
    untilAcknowledged,
    untilMore: (count: number) => untilAcknowledged(acknowledged.length + count),
    /** Goes on for a while, then every acknowledged event must be in the source, though all jobs were lost. */
    async expectNothingLost(): Promise<void> {
      await untilAcknowledged(acknowledged.length + 500)
      running = false
      await appending
      await queueOf(hearth, 'flush').obliterate({ force: true })
      const pool = await startPool({ ...place, address: queue, deps: hearth.jobDeps() })
      onTestFinished(() => pool.close(1_000))
      expect(await sweepPending(hearth)).toBe(1)
      await vi.waitFor(async () => expect(await hearth.pending.worlds()).toEqual([]), inTime)
      const timelines = await world.timelines(worldId, entityIds, 100_000)
      const there = new Set(timelines.flatMap(events => (events ?? []).map(event => event?.event_id)))
      const lost = acknowledged.filter(id => !there.has(id))
      console.log(`${acknowledged.length} acknowledged, ${failed} not known, ${lost.length} lost`)
      expect(lost).toEqual([])
    },
  }
}

const faults: Record<string, (pair: Pair) => Promise<void>> = {
  'the primary is killed some moments after it lost its replica': async ({
    link,
    process,
    primary,
    repoint,
  }) => {
    link.cut()
    await pause(400)
    await process.kill('SIGKILL')
    await primary.replicaof('NO', 'ONE')
    repoint()
  },
  'the replica is promoted, and the old primary takes writes for a while': async ({
    primary,
    proxy,
    repoint,
  }) => {
    await primary.replicaof('NO', 'ONE')
    await pause(2_000)
    repoint()
    proxy.mend()
  },
}

test.each(Object.entries(faults))(
  '%s under load, with a lagging replica: no accepted event is lost',
  async (_, fail) => {
    const pair = await startPair()
    pair.link.delay(lagMs)
    const { untilAcknowledged, expectNothingLost } = await openGame(pair.proxy.url)
    await untilAcknowledged(2_500)
    await fail(pair)
    await expectNothingLost()
  },
)

test('Sentinel promotes the replica under load, and the old primary takes writes until later: no accepted event is lost', async () => {
  const { primary, replica, sentinels } = await startSentinels(1)
  const { untilAcknowledged, expectNothingLost } = await openGame(
    `redis+sentinel://${hosts(sentinels)}/worlds/0`,
  )
  await untilAcknowledged(2_500)
  await sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', 'worlds')
  await vi.waitFor(
    async () => expect(await replica.admin.info('replication')).toContain('role:master'),
    inTime,
  )
  await pause(1_500)
  await primary.admin.replicaof('127.0.0.1', replica.port) // as Sentinel does some seconds later
  await expectNothingLost()
})

test('in a Redis Cluster the slot of the queues changes its primary under load, and the next one is killed: no accepted event is lost', async () => {
  const { nodes } = await startCluster()
  const cluster = `redis+cluster://${hosts(nodes.slice(3))}` // one of them will be killed
  const { queuesKey, untilMore, untilJobsAreTaken, expectNothingLost } = await openGame(cluster)
  await untilMore(1_000)
  await untilJobsAreTaken()
  const first = await holderOf(nodes, queuesKey)
  const second = nodes[nodes.indexOf(first) + 3] as Node
  await vi.waitFor(async () => {
    await second.admin.cluster('FAILOVER') // given up after 5 s where the replica is behind
    await becomes('master', second, { timeout: 6_000 })
  }, inTime)
  await becomes('slave', first)
  await untilMore(1_000)
  await untilJobsAreTaken()
  await second.process.kill('SIGKILL')
  await becomes('master', first)
  await expectNothingLost()
})

test('the slot of the queues moves to another primary of a Redis Cluster under load: no accepted event is lost', async () => {
  const { nodes } = await startCluster()
  const { queuesKey, untilMore, untilJobsAreTaken, expectNothingLost } = await openGame(
    `redis+cluster://${hosts(nodes)}`,
  )
  await untilMore(1_000)
  await untilJobsAreTaken()
  const from = await holderOf(nodes, queuesKey)
  const to = nodes.slice(0, 3).find(node => node !== from) as Node
  await moveSlot(queuesKey, from, to)
  await untilJobsAreTaken()
  expect(await holderOf(nodes, queuesKey)).toBe(to)
  await expectNothingLost()
})

const becomes = (role: 'master' | 'slave', { admin }: Node, limit: { timeout: number } = inTime) =>
  vi.waitFor(async () => {
    expect(await admin.info('replication')).toContain(`role:${role}`)
    if (role === 'slave') expect(await admin.info('replication')).toContain('master_link_status:up')
  }, limit)
