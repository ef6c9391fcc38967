import { expect, onTestFinished, test } from 'vitest'
import type { RedisConfig } from '../../cli/connect.ts'
import { buildsOf, lookAround } from '../../cli/record-history.ts'
import { startRedis } from '../../cli/servers/redis.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

test('a look around finds what waits, how warm the active worlds are, and which versions run', async () => {
  const redis = await startRedis({ isolated: true }) // whose active worlds are those of this test
  onTestFinished(() => redis.stop())
  const { hearth, world, place } = openHearth({ redis: redis.url, processName: 'game' })
  const worldId = fresh()
  await plantWorld(world, worldId)
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  const job = await hearth.activated(worldId)
  const warmed = () => hearth.producer.queues.find(({ name }) => name === job.queue)?.getJobState(job.id)
  await expect.poll(warmed).toBe('completed')
  await pool.close(1_000)
  await hearth.cache.activeWorlds.touch(worldId)
  await hearth.invalidate(worldId, [{ kind: 'flags' }])
  await world.outbox.record(worldId, [{ kind: 'flags' }])
  await hearth.warm(fresh())

  const config = { redisUrl: place.address, queuePrefix: place.prefix, idleMs: 3_600_000 } as RedisConfig
  const look = () => lookAround({ config, hearth, world })
  await expect.poll(look).toMatchObject({
    outbox: { pending: 1 },
    queues: { warm: { waiting: 1, failed: 0 } },
    builds: [{ version: expect.stringMatching(/^\d/), config: expect.stringMatching(/^#/) }],
  })
  const { warm } = await look()
  expect(warm?.expected).toBeGreaterThan(warm?.present ?? 0)
  expect(warm?.present).toBeGreaterThan(0)
})

test('of the processes of a fleet each version and configuration is a build, since its first process began', () => {
  const member = (since: number | undefined, version: string | undefined, topK: string) => {
    return { id: `${since}`, name: 'worker', by: 'h:1', since, version, fingerprint: { topK } }
  }
  const builds = buildsOf([
    member(5, '1.0.0', '50'),
    member(3, '1.0.0', '50'),
    member(9, '1.0.0', '20'),
    member(undefined, undefined, '50'),
  ])
  expect(builds.map(({ version, since }) => [version, since])).toEqual([
    ['', null],
    ['1.0.0', 3],
    ['1.0.0', 9],
  ])
})
