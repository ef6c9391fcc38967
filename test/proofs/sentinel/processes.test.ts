import { type EventEmitter, once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectCache } from '../../../cache/connect.ts'
import { openHearth as openConfigured, queuePlace } from '../../../cli/connect.ts'
import { readConfig } from '../../../config/read.ts'
import { startPool } from '../../../jobs/pool/pool.ts'
import { watchJob } from '../../../queues/watch.ts'
import { within } from '../../../resilience/within.ts'
import { embeddedWorld } from '../../../world/memory/embedded.ts'
import { hosts, startSentinels } from '../../support/many-redis.ts'
import { startProxy } from '../../support/relay-proxy.ts'
import { fresh, plantWorld } from '../../support/setup.ts'

const inTime = { timeout: 60_000, interval: 50 }
/** Less than a worker's silent connection lasts (20 s): it must have heard of the failover from a Sentinel. */
const toldMs = 15_000

test('cache and queue by Sentinels, as the environment names them: all goes on by the new primary of one that froze', async () => {
  const { primary, replica, sentinels } = await startSentinels(3)
  const env = {
    HEARTH_REDIS_URL: `redis+sentinel://${hosts(sentinels)}/worlds/0`,
    HEARTH_QUEUE_PREFIX: fresh('q'),
  }
  const config = readConfig({ env, needs: ['redisUrl'] })
  const world = embeddedWorld()
  const hearth = openConfigured({ config, world })
  onTestFinished(() => hearth.close())
  const place = queuePlace(config)
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const worldId = fresh()
  await plantWorld(world, worldId)
  await watchJob(place, await hearth.warm(worldId))

  const onConsole = vi.spyOn(console, 'error')
  onTestFinished(() => onConsole.mockRestore())
  await sentinels[0]?.process.kill('SIGKILL') // two of three are enough
  await primary.process.kill('SIGSTOP')
  await expect.poll(async () => (await replica.admin.role())[0], inTime).toBe('master')
  const warmed = async () => watchJob(place, await hearth.warm(worldId, { force: true }))
  await within(toldMs, expect.poll(() => warmed().then(() => 'warmed', String), inTime).toBe('warmed'))
  expect(await replica.admin.exists(`lw:world:${worldId}:flags`)).toBe(1)
  const change = () => hearth.changed(worldId, [{ kind: 'flags-changed' }])
  await expect.poll(change, inTime).toBe('invalidated')
  expect(onConsole.mock.calls).toEqual([])
  expect(await replica.admin.exists(`lw:world:${worldId}:flags`)).toBe(0)
})

test('news of a failover while Sentinels are being asked does not end a connection for good', async () => {
  const { primary, sentinels } = await startSentinels(1)
  const way = await startProxy(`redis://${hosts(sentinels)}`)
  const redis = connectCache(`redis+sentinel://${new URL(way.url).host}/worlds`, () => {})
  onTestFinished(() => redis.disconnect())
  const { connector } = redis as unknown as {
    connector: { failoverDetector: { sentinels: { client: EventEmitter }[] } | null }
  }
  await expect.poll(() => connector.failoverDetector?.sentinels.length, inTime).toBe(1)
  const [listener] = connector.failoverDetector?.sentinels ?? []

  way.delay(300)
  const connecting = once(redis, 'connecting')
  await primary.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await connecting
  listener?.client.emit('message', '+switch-master', 'worlds')
  await expect.poll(() => redis.ping().catch(String), inTime).toBe('PONG')
})
