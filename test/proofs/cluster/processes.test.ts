import { Cluster } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { openedHearth } from '../../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../../world/neo4j/world.ts'
import { type Env, hearth, settings, startHearth } from '../../e2e/hearth-command.ts'
import { eventOf, expectTruth, plantEntities } from '../../support/append-world.ts'
import { kinds } from '../../support/kinds.ts'
import { hosts, startCluster } from '../../support/many-redis.ts'
import { neo4jAuth } from '../../support/servers.ts'
import { fresh } from '../../support/setup.ts'

test('one Redis Cluster for cache and queues: every process runs on it, and a backend by a connection that it has', async () => {
  const { nodes } = await startCluster()
  const fleet = fresh('fleet').replaceAll('-', '_') // its scheduler relays no other test's changes
  const cluster = `redis+cluster://${hosts(nodes.slice(0, 2))}`
  const env: Env = { ...settings(), HEARTH_REDIS_URL: cluster, HEARTH_FLEET: fleet }
  const world = neo4jWorld({ ...neo4jAuth(), fleet })
  onTestFinished(() => world.close())
  await world.schema()
  const worldId = fresh()
  await plantEntities(world, worldId)
  const worker = startHearth(['worker'], env)
  const scheduler = startHearth(['scheduler'], env)
  const dashboard = startHearth(['dashboard'], env)
  await worker.says(/ready: waiting for jobs/)
  await scheduler.says(/this process relays the outbox now/)
  await dashboard.says(/ready: all servers answer/)

  expect(await hearth(['activate', worldId, '--wait'], env)).toMatchObject({ code: 0 })
  expect((await hearth(['schedule'], env)).out).toMatch(/│ refresh +│/)
  const [, pages = ''] = await dashboard.says(/the pages are at (http:\S+?)"/)
  const overview = async () => (await fetch(`${pages}/api/v1/overview`)).text()
  await expect.poll(overview, { timeout: 30_000 }).toContain(worldId)

  const game = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
  onTestFinished(() => game.disconnect())
  const backend = openedHearth({ cache: game, queuePrefix: env['HEARTH_QUEUE_PREFIX'] ?? '', world })
  onTestFinished(() => backend.close())
  expect(await backend.appendEvents(worldId, [eventOf(1), eventOf(2)])).toMatchObject({ accepted: 2 })
  await expectTruth({ hearth: backend, world, worldId }, [1, 2]) // so the worker has flushed them
  await backend.close()
  const { key } = backend.cache.keys.entry(kinds.flags, worldId, null)
  expect(await game.exists(key)).toBe(1) // it is still the backend's
  for (const process of [worker, scheduler, dashboard]) {
    process.kill('SIGTERM')
    expect(await process.ended).toBe(0)
    expect(process.printed()).not.toMatch(/MOVED|CROSSSLOT/)
  }
})
