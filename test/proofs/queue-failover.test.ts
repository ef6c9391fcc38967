import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { entityIds, eventOf, plantEntities } from '../support/append-world.ts'
import { type Pair, startPair } from '../support/failover.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, queueOf } from '../support/setup.ts'

const callers = 100
/** How far the replica is behind its primary. Milliseconds. */
const lagMs = 20

/** A game that appends to a queue whose replica lags, until it is stopped. */
async function openGame() {
  const pair = await startPair()
  pair.link.delay(lagMs)
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue: pair.proxy.url })
  const worldId = fresh()
  await plantEntities(world, worldId)
  const acknowledged: string[] = []
  let failed = 0
  let next = 0
  let running = true
  async function appendOn(): Promise<void> {
    while (running) {
      const event = eventOf(next++)
      try {
        await hearth.appendEvents(worldId, [event])
        acknowledged.push(event.event_id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'QueueUnavailable' })
        failed += 1
        await pause(20)
      }
    }
  }
  const appending = Promise.all(Array.from({ length: callers }, appendOn))
  onTestFinished(() => {
    running = false
  })

  return {
    pair,
    acknowledged,
    untilAcknowledged: (count: number) =>
      vi.waitFor(() => expect(acknowledged.length).toBeGreaterThanOrEqual(count), {
        timeout: 60_000,
        interval: 1,
      }),
    async stop() {
      running = false
      await appending
      return failed
    },
    /** Which acknowledged events are in the source, once a sweep has made up for the jobs that were lost. */
    async lost(): Promise<string[]> {
      await queueOf(hearth, 'flush').obliterate({ force: true })
      const pool = await startPool({ ...place, address: pair.proxy.url, deps: hearth.jobDeps() })
      onTestFinished(() => pool.close(1_000))
      expect(await sweepPending(hearth)).toBe(1)
      await vi.waitFor(async () => expect(await hearth.pending.worlds()).toEqual([]), { timeout: 60_000 })
      const timelines = await world.timelines(worldId, entityIds, 100_000)
      const there = new Set(timelines.flatMap(events => (events ?? []).map(event => event?.event_id)))
      return acknowledged.filter(id => !there.has(id))
    },
  }
}

const faults: Record<string, (pair: Pair) => Promise<void>> = {
  'the primary is killed some moments after it lost its replica': async ({
    link,
    process,
    primary,
    repoint,
  }) => {
    link.cut()
    await pause(400)
    await process.kill('SIGKILL')
    await primary.replicaof('NO', 'ONE')
    repoint()
  },
  'the replica is promoted, and the old primary takes writes for a while': async ({
    primary,
    proxy,
    repoint,
  }) => {
    await primary.replicaof('NO', 'ONE')
    await pause(2_000)
    repoint()
    proxy.mend()
  },
}

test.each(Object.entries(faults))(
  '%s under load, with a lagging replica: no accepted event is lost',
  async (_, fail) => {
    const { pair, acknowledged, untilAcknowledged, stop, lost } = await openGame()
    await untilAcknowledged(2_500)
    await fail(pair)
    const before = acknowledged.length
    await untilAcknowledged(before + 500)
    const failed = await stop()
    const missing = await lost()
    console.log(`${acknowledged.length} acknowledged, ${failed} not known, ${missing.length} lost`)
    expect(missing).toEqual([])
  },
)
