import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openRegisters } from '../../support/cache-registers.ts'
import { expectToGoOn } from '../../support/failing-cache.ts'
import { hosts, type Node, startSentinels } from '../../support/many-redis.ts'
import { startProxy } from '../../support/relay-proxy.ts'

const inTime = { timeout: 60_000, interval: 20 }
const urlOf = ({ port }: Node) => `redis://127.0.0.1:${port}`
async function primaryAmong(nodes: readonly Node[]): Promise<Node | undefined> {
  const roles = await Promise.all(nodes.map(async ({ admin }) => (await admin.role())[0]))
  return nodes.find((_, i) => roles[i] === 'master')
}
const cacheOf = (sentinels: readonly Node[]) => `redis+sentinel://${hosts(sentinels)}/worlds/0`

test('replica links are cut, all is changed, the primary is killed: once trusted, no process reads less', async () => {
  const { primary, replicas, links, sentinels } = await startSentinels(3, { replicas: 2 })
  const game = await openRegisters({
    caches: [cacheOf(sentinels), cacheOf(sentinels)],
    cacheReplicas: 2,
    worlds: 3,
  })
  await game.untilTrusted()
  await expect.poll(game.writeAll, inTime).toBe(15) // the first ones may be late
  await game.readAll()
  await primary.admin.set('replicated', '')
  expect(await primary.admin.wait(2, 20_000)).toBe(2)

  for (const link of links) link.cut()
  expect(await game.writeAll(), 'acknowledged').toBe(0)
  await primary.process.kill('SIGKILL')
  await expect.poll(() => primaryAmong(replicas), inTime).toBeTruthy()
  await game.untilTrusted()
  await game.expectWritten()
})

test('SENTINEL FAILOVER under load, of which one process is not told: no read is stale, in either', async () => {
  const { primary, replicas, sentinels } = await startSentinels(3, { replicas: 2 })
  const proxy = await startProxy(urlOf(primary))
  const caches = [proxy.url, cacheOf(sentinels)] as const
  const game = await openRegisters({ caches, cacheReplicas: 2, worlds: 3 })
  await game.untilTrusted()
  const load = game.startLoad()
  await expect.poll(() => game.counts.acknowledged, inTime).toBeGreaterThan(100)
  await sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', 'worlds')
  await game.untilAway() // also the process that is not told, whose primary takes writes all the time
  await pause(1_000)
  const promoted = (await primaryAmong(replicas)) as Node
  await primary.admin.replicaof('127.0.0.1', promoted.port) // as Sentinel does some seconds later
  proxy.turnTo(urlOf(promoted))
  await expectToGoOn(game, load)
  console.log(`Sentinel: ${JSON.stringify(game.counts)}, 0 stale`)
})
