import { Cluster } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startPool } from '../../../jobs/pool/pool.ts'
import { watchJob } from '../../../queues/watch.ts'
import type { OpenedHearth } from '../../../tools/opened-hearth.ts'
import { kinds } from '../../support/kinds.ts'
import { addPrimary, holderOf, hosts, moveSlot, startCluster } from '../../support/many-redis.ts'
import { redisUrl } from '../../support/servers.ts'
import { fresh, openHearth, plantWorld } from '../../support/setup.ts'

/** Has a process learn nothing of the cluster but by what nodes answer about a key. */
function keepsItsMap({ cache }: OpenedHearth): void {
  expect(cache.redis).toBeInstanceOf(Cluster)
  const cluster = cache.redis as Cluster
  cluster.refreshSlotsCache = callback => callback?.()
}

test('all of a world is invalidated, inspected, audited and looked through for refreshing although its slot has moved to a node that the process does not know', async () => {
  const { nodes } = await startCluster()
  const redis = `redis+cluster://${hosts(nodes.slice(0, 3))}`
  const { hearth, world, place } = openHearth({ cache: redis, queue: redisUrl() })
  const worldId = fresh()
  const ids = await plantWorld(world, worldId)
  const other = openHearth({ cache: redis, queue: redisUrl() }).hearth
  for (const { cache } of [hearth, other]) await cache.firstConnected()
  const { index, keys } = hearth.cache
  const entries = [{ kind: 'flags' }, ...ids.map(id => ({ kind: 'timeline', id }))].map(target =>
    keys.entryOf(worldId, target),
  )
  await index.isWhole()
  expect(await index.isWhole(), 'the cluster was empty').toBe(true)
  const stored = () => hearth.cache.redis.exists(...entries.map(({ key }) => key))
  const read = async () => {
    await hearth.flags(worldId)
    await hearth.timelines(worldId, ids)
    return stored()
  }
  await expect.poll(read).toBe(4) // a read on a busy machine may answer without storing what it has loaded
  const { primary: added } = await addPrimary(nodes)
  for (const each of [hearth, other]) keepsItsMap(each)
  await moveSlot(keys.index(worldId), await holderOf(nodes, keys.index(worldId)), added)

  expect((await hearth.cache.inspect(worldId)).rows).toMatchObject([{ what: 'flags' }, { entries: 3 }])
  const popular = { top: 5, leastScores: new Map([[kinds.timeline, 1]]), leftMs: 3_600_000 }
  const { looked, due } = await other.cache.popularDue(worldId, popular)
  expect(looked).toBe(3)
  expect(due.map(({ target }) => target.id).sort()).toEqual(ids)
  expect(
    due.filter(({ leftMs }) => leftMs === 0),
    'all were found in the slot',
  ).toEqual([])

  const pool = await startPool({ ...place, address: redisUrl(), deps: hearth.jobDeps(), auditAgesMs: [10] })
  onTestFinished(() => pool.close(1_000))
  const audit = await hearth.audit(worldId, { all: true })
  expect(await watchJob({ ...place, address: redisUrl() }, audit)).toMatchObject({ checked: 4 })
  const invalidate = async () => (await hearth.invalidate(worldId, 'all')).outcome
  await expect.poll(invalidate).toBe('invalidated') // late on a busy machine, it is 'deferred'
  expect(await stored()).toBe(0)
})
