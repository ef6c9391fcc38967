import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, vi } from 'vitest'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { entityIds, eventOf, plantEntities } from './append-world.ts'
import { redisUrl } from './servers.ts'
import { fresh, openHearth, queueOf } from './setup.ts'

const callers = 100
const inTime = { timeout: 60_000, interval: 20 }

/** A game that appends to a queue until it is stopped. */
export async function openAppendingGame(queue: string) {
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue })
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

  const untilAcknowledged = (count: number) =>
    vi.waitFor(() => expect(acknowledged.length).toBeGreaterThanOrEqual(count), {
      timeout: 60_000,
      interval: 1,
    })
  return {
    queuesKey: `{${place.prefix}}`,
    /** What adds jobs. */
    untilJobsAreTaken: () => vi.waitFor(() => hearth.producer.probe(), inTime),
    untilAcknowledged,
    untilMore: (count: number) => untilAcknowledged(acknowledged.length + count),
    untilOneIsRefused: () => vi.waitFor(() => expect(failed).toBeGreaterThan(0), inTime),
    /** Goes on for a while, then every acknowledged event must be in the source, though all jobs were lost. */
    async expectNothingLost(): Promise<void> {
      await untilAcknowledged(acknowledged.length + 500)
      running = false
      await appending
      await queueOf(hearth, 'flush').obliterate({ force: true })
      const pool = await startPool({ ...place, address: queue, deps: hearth.jobDeps() })
      onTestFinished(() => pool.close(1_000))
      expect(await sweepPending(hearth)).toBe(1)
      await vi.waitFor(async () => expect(await hearth.pending.worlds()).toEqual([]), inTime)
      const timelines = await world.timelines(worldId, entityIds, 100_000)
      const there = new Set(timelines.flatMap(events => (events ?? []).map(event => event?.event_id)))
      const lost = acknowledged.filter(id => !there.has(id))
      console.log(`${acknowledged.length} acknowledged, ${failed} not known, ${lost.length} lost`)
      expect(lost).toEqual([])
    },
  }
}
