// Run by test:servers with the older server as the run's Redis.
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedisChild } from '../../cli/servers/redis-child.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { hearth, settings, startHearth } from '../e2e/hearth-command.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const versionOf = async (redis: Redis) => /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1]

test.each(['worker', 'scheduler', 'dashboard'])(
  'hearth %s refuses it for the queues, by name',
  async name => {
    const older = new Redis(redisUrl())
    onTestFinished(() => older.disconnect())
    const version = await versionOf(older)
    expect(version).toMatch(/^6\.2\./)
    const started = startHearth([name], settings())
    expect(await started.ended).toBe(2)
    expect(started.printed()).toContain(`is Redis ${version}; 7.0 is the oldest that will do`)
  },
)

test('it is taken for the cache, beside a newer one for the queues', async () => {
  const command = process.env['HEARTH_NEWER_REDIS']
  if (command === undefined) throw new Error('HEARTH_NEWER_REDIS must be the path of a redis-server')
  const newer = await startRedisChild(command, { purpose: 'queue' }, process.env)
  onTestFinished(() => newer.stop())
  const env = { ...settings(), HEARTH_QUEUE_REDIS_URL: `redis://127.0.0.1:${newer.port}` }
  const world = neo4jWorld(neo4jAuth())
  onTestFinished(() => world.close())
  const worldId = fresh()
  await plantWorld(world, worldId)

  const worker = startHearth(['worker'], env)
  await worker.says(/ready: waiting for jobs/)
  expect(await hearth(['activate', worldId, '--wait'], env)).toMatchObject({ code: 0 })
  const older = new Redis(redisUrl())
  onTestFinished(() => older.disconnect())
  expect(await older.exists(`lw:world:${worldId}:flags`)).toBe(1)
})
