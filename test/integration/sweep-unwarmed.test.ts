import { expect, test } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import { sweepUnwarmed } from '../../jobs/warm/sweep.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'

/** A world whose warming has failed, with no attempt left. */
async function failedWarming() {
  const { hearth, world, place } = openHearth()
  const worldId = fresh()
  await plantWorld(world, worldId)
  const queue = queueOf(hearth, 'warm')
  await hearth.cache.activeWorlds.touch(worldId)
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  world.failNextLoad(new Error('Neo4j is away'), 2)
  await queue.add('world', { worldId, force: false }, { attempts: 1 })
  await queue.add('world', { worldId: 7 })
  await expect.poll(() => queue.getFailedCount()).toBe(2)
  await pool.close(1_000)
  const run = (signal = new AbortController().signal) =>
    sweepUnwarmed({ cache: hearth.cache, producer: hearth.producer }, { signal })
  return { hearth, worldId, queue, run }
}

test('a world whose warming failed gets another job, once; a wrong job does not', async () => {
  const { worldId, queue, run } = await failedWarming()
  expect(await run()).toBe(1)
  expect((await queue.getWaiting()).map(({ data }) => data)).toEqual([{ worldId, force: false }])
  expect(await queue.getFailedCount()).toBe(2)
  expect(await run()).toBe(0)
})

test('a world that is no longer played does not', async () => {
  const { hearth, worldId, run } = await failedWarming()
  await hearth.deactivated(worldId)
  expect(await run()).toBe(0)
})

test('a sweep stops when it is aborted', async () => {
  const { run } = await failedWarming()
  expect(await run(AbortSignal.abort())).toBe(0)
})
