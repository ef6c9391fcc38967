import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { readsUntilNear, watchNear } from '../support/near-states.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

type Opened = Awaited<ReturnType<typeof openArmed>>

/** A hearth with a planted world, whose near cache is armed. */
async function openArmed(options: Parameters<typeof openHearth>[0] = {}) {
  const near = watchNear()
  const opened = openHearth({ observer: near.observer, ...options })
  const worldId = fresh()
  await plantWorld(opened.world, worldId, { entities: 4 })
  await near.is('armed')
  return { ...opened, near, worldId }
}

/** The metrics without labels that begin with `lw_near_`, by their names. */
async function metricsOf({ hearth }: Pick<Opened, 'hearth'>): Promise<Record<string, number>> {
  hearth.cache.flushCounts()
  const page = await hearth.metrics.registry.metrics()
  const lines = page.matchAll(/^lw_near_(\w+) (\S+)$/gm)
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]))
}

const bringNear = async ({ hearth, worldId }: Opened, id: string) => {
  for (let i = 0; i < readsUntilNear; i++) await hearth.timeline(worldId, id)
}

test('what is near is in the metrics: entries and bytes, hits by level, fences and their time, invalidations', async () => {
  const opened = await openArmed()
  const { hearth, worldId } = opened
  const empty = await metricsOf(opened)
  expect(empty).toMatchObject({ bytes: 0, entries: 0, fences_total: 0, fence_seconds_count: 0 })
  await bringNear(opened, 'c1')
  const before = await metricsOf(opened)
  await hearth.timeline(worldId, 'c1')
  await Promise.all([hearth.timeline(worldId, 'c1'), hearth.timeline(worldId, 'c1')]) // share a fence
  const after = await metricsOf(opened)
  expect(after).toMatchObject({ entries: 1, evictions_total: 0, lost_total: before['lost_total'] })
  expect(after['bytes']).toBeGreaterThan(500)
  expect((after['fences_total'] ?? 0) - (before['fences_total'] ?? 0)).toBe(2)
  expect(after['fence_seconds_count']).toBe(after['fences_total'])
  expect(after['fence_seconds_sum']).toBeGreaterThan(0)
  const page = await hearth.metrics.registry.metrics()
  const hits = (level: string) => Number(page.match(`kind="timeline",level="${level}"} (\\d+)`)?.[1])
  expect(hits('near')).toBe((before['fences_total'] ?? 0) + 3)
  expect(hits('near') + hits('redis')).toBe(readsUntilNear - 1 + 3)
  expect(page).toContain('lw_near_state{state="armed"} 1')
  expect(page).toContain('lw_near_state{state="off"} 0')

  await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c1'] }])
  await hearth.timeline(worldId, 'c1')
  const changed = await metricsOf(opened)
  expect(changed['invalidations_total']).toBeGreaterThan(after['invalidations_total'] ?? 0)
})

test('entries that make room are counted, and so is each time that everything was given up', async () => {
  const server = await startRedis({ isolated: true }) // whose tracked connections are all of this test
  onTestFinished(() => server.stop())
  const opened = await openArmed({ redis: server.url, near: { maxBytes: 1_500 } }) // of some 800 bytes each, one
  for (const id of ['c1', 'c2', 'c3']) await bringNear(opened, id)
  const before = await metricsOf(opened)
  expect(before['entries']).toBe(1)
  expect(before['evictions_total']).toBeGreaterThanOrEqual(2)

  const admin = new Redis(server.url)
  onTestFinished(() => admin.disconnect())
  const tracked = ((await admin.client('LIST')) as string)
    .split('\n')
    .filter(line => line.includes(' flags=t '))
  const { near } = opened
  const ids = tracked.map(line => / ?id=(\d+)/.exec(line)?.[1] ?? '')
  expect(ids.length).toBeGreaterThan(0)
  const lost = near.is('connecting')
  for (const id of ids) await admin.client('KILL', 'ID', id)
  await lost
  expect(await metricsOf(opened)).toMatchObject({ entries: 0, lost_total: (before['lost_total'] ?? 0) + 1 })
  await near.is('armed')
})

test('a hearth without a near cache has no metrics of one', async () => {
  const { hearth } = openHearth({ near: false })
  expect(await hearth.metrics.registry.metrics()).not.toContain('lw_near_state')
})
