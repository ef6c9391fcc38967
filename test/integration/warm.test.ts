import { UnrecoverableError } from 'bullmq'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import type { WarmProgress, WarmResult } from '../../jobs/warm/payload.ts'
import type { WarmBudget } from '../../jobs/warm/plan.ts'
import { watchJob, watchJobUntil } from '../../queues/watch.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import type { HeldWorld } from '../support/held-world.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

/** A hearth with its own workers. */
async function openWarming({ chunkSize = 500, topK = 50 }: { chunkSize?: number; topK?: number } = {}) {
  const opened = openHearth({ topK })
  const { hearth, place } = opened
  const deps = hearth.jobDeps({ chunkSize })
  const startWorkers = async (concurrency: { warm?: number } = {}) => {
    const pool = await startPool({ ...place, deps, concurrency })
    onTestFinished(() => pool.close(1_000))
    return pool
  }
  const warm = async (
    worldId: string,
    options?: { force?: boolean },
    onProgress?: (progress: WarmProgress) => void,
  ) => watchJob<WarmResult, WarmProgress>(place, await hearth.warm(worldId, options), onProgress)
  return { ...opened, startWorkers, warm }
}

async function warmEntries(hearth: OpenedHearth, worldId: string) {
  const { rows } = await hearth.cache.inspect(worldId)
  return Object.fromEntries(rows.map(({ what, entries }) => [what, entries]))
}

describe('warming', () => {
  test('a small world fills flags, snapshot, states and timelines, and reads are hits', async () => {
    const { hearth, world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    const ids = await plantWorld(world, worldId, { entities: 20 })

    const result = await warm(worldId)
    expect(result).toEqual({
      outcome: 'warmed',
      entries: 42,
      filled: 42,
      alive: 0,
      superseded: 0,
      held: 0,
      bytes: expect.any(Number),
      readyMs: expect.any(Number),
      warmMs: expect.any(Number),
    })
    expect(await warmEntries(hearth, worldId)).toEqual({ flags: 1, snapshot: 1, character: 20, timeline: 20 })

    const loads = world.loads
    await hearth.flags(worldId)
    await hearth.snapshot(worldId)
    expect((await hearth.timelines(worldId, ids)).get('c7')).toHaveLength(2)
    expect(world.loads).toBe(loads)
  })

  test('warm entries are not loaded again without force', async () => {
    const { world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    await plantWorld(world, worldId)
    await warm(worldId)
    const loads = world.loads
    expect(await warm(worldId)).toMatchObject({ filled: 0, alive: 8 })
    expect(world.loads).toBe(loads)
    expect(await warm(worldId, { force: true })).toMatchObject({ filled: 8, alive: 0 })
  })

  test('a large world is divided into chunks, with progress in entries', async () => {
    const { hearth, world, startWorkers, warm } = await openWarming({ chunkSize: 50 })
    await startWorkers()
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 620, events: 1 })
    const seen: WarmProgress[] = []
    const result = await warm(worldId, {}, progress => seen.push(progress))
    expect(result).toMatchObject({ outcome: 'warmed', entries: 1_242 })
    expect(await warmEntries(hearth, worldId)).toEqual({
      flags: 1,
      snapshot: 1,
      character: 620,
      timeline: 620,
    })
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.at(-1)).toEqual({ done: 1_242, total: 1_242, readyMs: result.readyMs })
  })

  test('the most read timelines of a large world are filled first', async () => {
    const { hearth, world, startWorkers, warm } = await openWarming({ chunkSize: 10 })
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 100 })
    await hearth.cache.redis.zadd(hearth.cache.keys.popularity(worldId), 5, 'c77', 9, 'c42')
    const first = world.holdNextLoad({ method: 'timelines', at: 'before-reading' })
    await startWorkers()
    const warming = warm(worldId)
    await first.started
    expect(world.loadsOfId('timelines', 'c42')).toBe(1)
    expect(world.loadsOfId('timelines', 'c77')).toBe(1)
    first.release()
    expect(await warming).toMatchObject({ entries: 202 })
    expect(world.loadsOfId('timelines', 'c42')).toBe(1)
  })

  test('timelines of inactive entities are left out, private ones never seen', async () => {
    const { hearth, world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 2 })
    await world.putEntities(worldId, [
      { type: 'character', id: 'asleep', name: 'asleep', props: { active: false } },
      { type: 'character', id: 'secret', name: 'secret', props: { private: true } },
    ])
    await warm(worldId)
    expect(await warmEntries(hearth, worldId)).toEqual({ flags: 1, snapshot: 1, character: 3, timeline: 2 })
  })

  test('warming a world that does not exist fails with that reason; only the short null is cached', async () => {
    const { hearth, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh('nowhere')
    expect(await warm(worldId)).toMatchObject({ outcome: 'not-found' })
    const { rows } = await hearth.cache.inspect(worldId)
    expect(rows.map(({ what, absent }) => [what, absent])).toEqual([
      ['flags', 1],
      ['snapshot', 1],
    ])
    expect(rows.every(({ lastExpiryMs }) => lastExpiryMs !== null && lastExpiryMs <= 33_000)).toBe(true)
  })

  test('an empty world is warm at once', async () => {
    const { world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    await world.saveSnapshot(worldId, {})
    expect(await warm(worldId)).toMatchObject({ outcome: 'warmed', entries: 2, filled: 2 })
  })

  test('two activations at once are one warming', async () => {
    const { hearth, world, startWorkers, place } = await openWarming()
    const worldId = fresh()
    await plantWorld(world, worldId)
    const [one, other] = await Promise.all([hearth.activated(worldId), hearth.activated(worldId)])
    expect(one).toEqual(other)
    await startWorkers()
    await watchJob(place, one)
    expect(world.loads).toBe(4)
  })

  test('an activation while the world is being warmed is not lost, and loads nothing twice', async () => {
    const { hearth, world, startWorkers, place } = await openWarming()
    const worldId = fresh()
    await plantWorld(world, worldId)
    await startWorkers()
    const held = world.holdNextLoad({ method: 'timelines' })
    const first = await hearth.activated(worldId)
    await held.started
    await hearth.activated(worldId)
    held.release()
    await watchJob(place, first)
    const second = { ...first, id: String(Number(first.id) + 1) }
    expect(await watchJob<WarmResult, unknown>(place, second)).toMatchObject({ filled: 0, alive: 8 })
    expect(world.loadsOf('timelines')).toBe(1)
  })

  test('a change in the middle of the load is not overwritten', async () => {
    const { hearth, world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    await plantWorld(world, worldId)
    const held = world.holdNextLoad({ method: 'timelines' })
    const warming = warm(worldId)
    await held.started
    await world.addEvents(worldId, [
      { event_id: 'new', timestamp: '2027-01-01T00:00:00', participants: ['c1'] },
    ])
    await hearth.cache.leases.invalidate(worldId, [hearth.cache.keys.entry(kinds.timeline, worldId, 'c1')])
    held.release()
    expect(await warming).toMatchObject({ filled: 8 })
    expect((await hearth.timeline(worldId, 'c1'))[0]?.event_id).toBe('new')
    expect(world.loadsOf('timelines'), 'the changed one once more').toBe(2)
  })

  test('a source that fails for a moment is retried', async () => {
    const { world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    await plantWorld(world, worldId)
    world.failNextLoad(new Error('not now'), 2)
    expect(await warm(worldId)).toMatchObject({ outcome: 'warmed', entries: 8 })
  })

  test('an invalid payload fails the job with the name of the field', async () => {
    const { hearth, startWorkers, place } = await openWarming()
    await startWorkers()
    await expect(hearth.warm('')).rejects.toMatchObject({
      code: 'InvalidInput',
      message: /worldId: must not be empty/,
    })
    const [queue] = hearth.producer.queues
    const job = await (queue as NonNullable<typeof queue>).add('world', { worldId: 7 })
    await expect(watchJob(place, { queue: 'warm', id: String(job.id) })).rejects.toMatchObject({
      code: 'JobFailed',
      message: expect.stringContaining('worldId'),
    })
  })

  test('a world that was created after a failed activation is warmed all the same', async () => {
    const { hearth, world, startWorkers, warm } = await openWarming()
    await startWorkers()
    const worldId = fresh()
    expect(await hearth.snapshot(worldId)).toBeNull()
    await plantWorld(world, worldId)
    expect(await warm(worldId)).toMatchObject({ outcome: 'warmed', entries: 8 })
    expect(await hearth.snapshot(worldId)).not.toBeNull()
  })

  test('the reason of a failed chunk is the reason of the world’s job', async () => {
    const { world, startWorkers, warm } = await openWarming({ chunkSize: 10 })
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 30 })
    world.timelines = async () => {
      throw new UnrecoverableError('no such timeline')
    }
    await startWorkers()
    await expect(warm(worldId)).rejects.toMatchObject({ code: 'JobFailed', message: 'no such timeline' })
  })
})

describe('what is urgent', () => {
  /** A world of 40 entities in chunks of 10, whose characters c7 and c31 are read most. */
  async function openUrgent() {
    const opened = await openWarming({ chunkSize: 10 })
    const { hearth, world } = opened
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 40 })
    const popular = new Map(['c31', 'c7'].map(id => [id, 9]))
    await hearth.cache.popularity.add(worldId, popular)
    return { ...opened, worldId }
  }

  /** Holds the first load of timelines after the urgent one. */
  function holdTheRest(world: HeldWorld) {
    world.holdNextLoad({ method: 'timelines' }).release()
    return world.holdNextLoad({ method: 'timelines', at: 'before-reading' })
  }

  test('is warm, and the world ready, before anything else is loaded', async () => {
    const { hearth, world, startWorkers, worldId, place } = await openUrgent()
    const rest = holdTheRest(world)
    await startWorkers({ warm: 1 })
    const job = await hearth.warm(worldId)
    await rest.started
    expect(await warmEntries(hearth, worldId)).toMatchObject({ flags: 1, snapshot: 1, timeline: 2 })
    const seen = await watchJobUntil<WarmResult, WarmProgress>(place, job, {
      isEnough: ({ readyMs }) => readyMs !== undefined,
    })
    expect(seen).toEqual({
      state: 'enough',
      progress: { done: 6, total: expect.any(Number), readyMs: expect.any(Number) },
    })
    rest.release()
    const result = await watchJob<WarmResult, WarmProgress>(place, job)
    expect(result).toMatchObject({ outcome: 'warmed', entries: 82, filled: 82 })
    expect(result.warmMs).toBeGreaterThanOrEqual(result.readyMs ?? Infinity)
    expect(world.loadsOfId('timelines', 'c7')).toBe(1)
  })

  test('of another world does not wait for the chunks of the first', async () => {
    const { hearth, world, startWorkers, worldId, place } = await openUrgent()
    const other = fresh()
    await plantWorld(world, other, { entities: 2 })
    const rest = holdTheRest(world)
    await startWorkers({ warm: 1 })
    const first = await hearth.activated(worldId)
    await rest.started
    const second = await hearth.activated(other)
    rest.release()
    await watchJob(place, second)
    const [queue] = hearth.producer.queues
    expect(await queue?.getJobState(first.id), 'the rest of the first waits').toBe('waiting-children')
    expect(await watchJob(place, first)).toMatchObject({ outcome: 'warmed', entries: 82 })
  })

  test('both moments are in the metrics, once for each warming', async () => {
    const { hearth, startWorkers, warm, worldId } = await openUrgent()
    await startWorkers()
    await warm(worldId)
    const metrics = await hearth.metrics.registry.metrics()
    expect(metrics).toContain('lw_warming_seconds_count{moment="ready"} 1')
    expect(metrics).toContain('lw_warming_seconds_count{moment="warm"} 1')
  })

  test('bounded by its setting: with none, a world is ready with its flags and snapshot', async () => {
    const { hearth, world, place } = await openUrgent()
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 4 })
    const pool = await startPool({ ...place, deps: hearth.jobDeps({ warmUrgent: 0 }) })
    onTestFinished(() => pool.close(1_000))
    const held = world.holdNextLoad({ method: 'timelines' })
    const job = await hearth.warm(worldId)
    await held.started
    const seen = await watchJobUntil<WarmResult, WarmProgress>(place, job, {
      isEnough: ({ readyMs }) => readyMs !== undefined,
    })
    expect(seen).toMatchObject({ state: 'enough', progress: { done: 2 } })
    held.release()
    expect(await watchJob(place, job)).toMatchObject({ entries: 10 })
  })
})

describe('the budget of warming', () => {
  /** A world of 100 entities; c70 and c71 are read most, and the last ten are inactive. */
  async function openBudgeted(warmBudget: WarmBudget) {
    const opened = openHearth()
    const { hearth, world, place } = opened
    const pool = await startPool({ ...place, deps: hearth.jobDeps({ chunkSize: 10, warmBudget }) })
    onTestFinished(() => pool.close(1_000))
    const worldId = fresh()
    await plantWorld(world, worldId, { entities: 100 })
    await world.putEntities(
      worldId,
      Array.from({ length: 10 }, (_, i) => ({
        type: 'character',
        id: `c${90 + i}`,
        name: null,
        props: { active: false },
      })),
    )
    await hearth.cache.popularity.add(
      worldId,
      new Map([
        ['c71', 9],
        ['c70', 8],
        ['gone', 7],
      ]),
    )
    const warm = async () => watchJob<WarmResult, unknown>(place, await hearth.warm(worldId))
    const isWarm = async (id: string) => {
      const { keys, redis } = hearth.cache
      return (
        (await redis.exists(
          keys.entry(kinds.timeline, worldId, id).key,
          keys.entry(kinds.entity, worldId, { type: 'character', id }).key,
        )) === 2
      )
    }
    return { ...opened, worldId, warm, isWarm }
  }

  test('of entities: the most read first, then active ones; a second activation loads nothing', async () => {
    const { hearth, world, worldId, warm, isWarm } = await openBudgeted({ entities: 25 })
    expect(await warm()).toMatchObject({ outcome: 'over-budget', entries: 2 + 50, filled: 52 })
    expect(await Promise.all(['c71', 'c70', 'c0', 'c99'].map(isWarm))).toEqual([true, true, true, false])
    expect(
      await hearth.cache.redis.exists(hearth.cache.keys.entry(kinds.timeline, worldId, 'gone').key),
    ).toBe(0)
    const loads = world.loadsOf('timelines')
    expect(await warm()).toMatchObject({ outcome: 'over-budget', entries: 52, filled: 0, alive: 52 })
    expect(world.loadsOf('timelines')).toBe(loads)
  })

  test('of entities, larger than the world: all of it, inactive ones without timelines', async () => {
    const { warm, isWarm } = await openBudgeted({ entities: 1_000 })
    expect(await warm()).toMatchObject({ outcome: 'warmed', entries: 2 + 100 + 90 })
    expect(await Promise.all(['c71', 'c0', 'c99'].map(isWarm))).toEqual([true, true, false])
  })

  test('of bytes: it stops after the chunk that exceeds it, with the most read entities warm', async () => {
    const bytes = 12_000
    const { hearth, worldId, warm, isWarm } = await openBudgeted({ bytes })
    const first = await warm()
    expect(first.outcome).toBe('over-budget')
    expect(first.bytes).toBeGreaterThanOrEqual(bytes)
    expect(first.bytes, 'by no more than a chunk of ten').toBeLessThan(bytes + 10 * 1_000)
    expect(await isWarm('c71')).toBe(true)
    const { rows } = await hearth.cache.inspect(worldId)
    expect(rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(first.bytes)
    expect(await warm()).toMatchObject({ outcome: 'over-budget', filled: 0, bytes: first.bytes })
  })
})
