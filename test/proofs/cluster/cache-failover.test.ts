import { expect, test } from 'vitest'
import { openRegisters } from '../../support/cache-registers.ts'
import { expectToGoOn } from '../../support/failing-cache.ts'
import { holderOf, hosts, type Node, startCluster } from '../../support/many-redis.ts'

const inTime = { timeout: 60_000, interval: 20 }

test('a shard of a cluster loses its primary under load: no read is stale, in either process', async () => {
  const { nodes, whole } = await startCluster()
  const cache = `redis+cluster://${hosts(nodes.slice(0, 3))}`
  const game = await openRegisters({
    caches: [cache, cache],
    cacheReplicas: 1,
    worlds: 6,
  })
  await game.untilTrusted()
  const load = game.startLoad()
  await expect.poll(() => game.counts.acknowledged, inTime).toBeGreaterThan(100)
  const dying = await holderOf(nodes, 'lw:probe')
  await dying.process.kill('SIGKILL')
  await game.untilAway()
  await whole(nodes.find(node => node !== dying) as Node)
  await expectToGoOn(game, load)
  console.log(`cluster: ${JSON.stringify(game.counts)}, 0 stale`)
})
