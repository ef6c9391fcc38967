import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import type { AppendedEvent } from '../../model/new-events.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'

const inTime = { timeout: 60_000, interval: 50 }

/** A hearth whose queues' Redis is small, and never evicts. */
async function openSmall() {
  const server = await startRedis({ isolated: true, maxMemory: '16mb' })
  const admin = new Redis(server.url)
  onTestFinished(async () => {
    admin.disconnect()
    await server.stop()
  })
  const { hearth, place, world } = openHearth({ cache: redisUrl(), queue: server.url })
  const worldId = fresh()
  await plantWorld(world, worldId)
  const fields = async (section: string) => {
    const lines = (await admin.info(section)).split('\r\n').map(line => line.split(':'))
    return new Map(lines.map(([name = '', value = '']) => [name, value]))
  }
  const usedShare = async () => {
    const memory = await fields('memory')
    return Number(memory.get('used_memory')) / Number(memory.get('maxmemory'))
  }
  const scriptCalls = async () =>
    Number(/calls=(\d+)/.exec((await fields('commandstats')).get('cmdstat_evalsha') ?? '')?.[1] ?? 0)
  return {
    hearth,
    place: { ...place, address: server.url },
    world,
    worldId,
    admin,
    usedShare,
    scriptCalls,
    /** Appends until it is refused. Answers how many events were accepted, and the refusal. */
    async fill(): Promise<{ accepted: number; refusal: unknown }> {
      for (let accepted = 0; ; accepted += 10) {
        const events = Array.from({ length: 10 }, (_, i): AppendedEvent => {
          const description = 'x'.repeat(10_000)
          const event_id = `e${accepted + i}`
          return { event_id, timestamp: '2030-01-01T00:00:00', participants: ['c0'], description }
        })
        try {
          await hearth.appendEvents(worldId, events)
        } catch (refusal) {
          return { accepted, refusal }
        }
      }
    },
  }
}

test('appends leave memory for the jobs that write pending events', async () => {
  const { hearth, place, world, worldId, fill, usedShare } = await openSmall()
  const { accepted, refusal } = await fill()
  expect(refusal).toMatchObject({
    code: 'Backlogged',
    message: expect.stringContaining("the queues' Redis has no room to spare"),
  })
  expect(accepted).toBeGreaterThan(500)
  expect(await usedShare()).toBeLessThan(0.9)
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await vi.waitFor(async () => expect((await hearth.pending.first(worldId, 1)).pending).toBe(0), inTime)
  expect((await world.timelines(worldId, ['c0'], 10_000))[0]?.length).toBe(accepted + 2)
})

test('a Redis that stays full is drained without a job, and not asked ten thousand times a second', async () => {
  const { hearth, place, worldId, fill, admin, scriptCalls } = await openSmall()
  await fill()
  await hearth.settled()
  await hearth.warm(worldId) // a waiting job that cannot be taken
  await queueOf(hearth, 'flush').obliterate()
  await admin.config('SET', 'maxmemory', '1mb') // less than it uses, and will use
  const troubles: string[] = []
  const before = await scriptCalls()
  const begun = performance.now()
  const pool = await startPool({
    ...place,
    deps: hearth.jobDeps(),
    drain: { stuckMs: 2_000, everyMs: 200 },
    onError: error => troubles.push(error.message),
  })
  onTestFinished(() => pool.close(1_000))
  await vi.waitFor(async () => expect((await hearth.pending.first(worldId, 1)).pending).toBe(0), inTime)
  const seconds = (performance.now() - begun) / 1_000
  const calls = (await scriptCalls()) - before
  console.log(`[full queue] ${calls} scripts in ${seconds.toFixed(1)} s, ${troubles.length} errors reported`)
  expect(troubles.join('\n')).toContain('OOM')
  expect(troubles.length).toBeLessThan(30)
  expect(calls / seconds).toBeLessThan(200)
})
