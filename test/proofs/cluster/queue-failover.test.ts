import { expect, test, vi } from 'vitest'
import { openAppendingGame } from '../../support/appending-game.ts'
import { holderOf, hosts, moveSlot, type Node, startCluster } from '../../support/many-redis.ts'

const inTime = { timeout: 60_000, interval: 20 }

test('in a Redis Cluster the slot of the queues changes its primary under load, and the next one is killed: no accepted event is lost', async () => {
  const { nodes } = await startCluster()
  const cluster = `redis+cluster://${hosts(nodes.slice(3))}` // one of them will be killed
  const { queuesKey, untilMore, untilJobsAreTaken, expectNothingLost } = await openAppendingGame(cluster)
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
  const game = await openAppendingGame(`redis+cluster://${hosts(nodes)}`)
  const { queuesKey, untilMore, untilJobsAreTaken, untilOneIsRefused, expectNothingLost } = game
  await untilMore(1_000)
  await untilJobsAreTaken()
  const from = await holderOf(nodes, queuesKey)
  const to = nodes.slice(0, 3).find(node => node !== from) as Node
  const finish = await moveSlot(queuesKey, from, to, { half: true })
  await untilOneIsRefused()
  await finish()
  await untilJobsAreTaken()
  expect(await holderOf(nodes, queuesKey)).toBe(to)
  await expectNothingLost()
})

const becomes = (role: 'master' | 'slave', { admin }: Node, limit: { timeout: number } = inTime) =>
  vi.waitFor(async () => {
    expect(await admin.info('replication')).toContain(`role:${role}`)
    if (role === 'slave') expect(await admin.info('replication')).toContain('master_link_status:up')
  }, limit)
