import { expect, onTestFinished, test } from 'vitest'
import { HearthError } from '../../model/errors.ts'
import { createLoadLimiter } from '../../resilience/load-limiter.ts'
import { batched, limited } from '../../world/around-loads.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { World } from '../../world/world.ts'

/** A world whose loads of timelines answer when the test lets them, each id with an event of that id. */
function held() {
  const loads: { ids: readonly string[]; limit: number; answer(): void; fail(error: Error): void }[] = []
  const world: World = {
    ...embeddedWorld(),
    timelines: (_worldId, ids, limit) =>
      new Promise((resolve, reject) => {
        const events = ids.map(id => [{ event_id: id }] as never)
        loads.push({ ids, limit, answer: () => resolve(events), fail: reject })
      }),
  }
  const batching = batched(world, { atOnce: 2, largest: 3 })
  const read = (...ids: string[]) =>
    batching.timelines('w', ids, 50).then(found => found.map(events => events?.[0]?.event_id))
  return { loads, batching, read }
}

test('loads that need not wait run alone; others run together, in parts of a limited size', async () => {
  const { loads, read } = held()
  const reads = ['a', 'b', 'c', 'd', 'e', 'f'].map(id => read(id))
  expect(loads.map(({ ids }) => ids)).toEqual([['a'], ['b']])
  loads[0]?.answer()
  expect(await reads[0]).toEqual(['a'])
  await expect.poll(() => loads.map(({ ids }) => ids).slice(2)).toEqual([['c', 'd', 'e']])
  loads[1]?.answer()
  await expect.poll(() => loads.length).toBe(4)
  loads[2]?.answer()
  loads[3]?.answer()
  expect(await Promise.all(reads)).toEqual([['a'], ['b'], ['c'], ['d'], ['e'], ['f']])
})

test('a call keeps its ids together and in order, even if it is larger than a part', async () => {
  const { loads, read } = held()
  const reads = [read('a'), read('b'), read('z', 'y', 'x', 'w'), read('v')]
  for (const load of [0, 1]) loads[load]?.answer()
  await expect.poll(() => loads.length).toBe(4)
  expect(loads.slice(2).map(({ ids }) => ids)).toEqual([['z', 'y', 'x', 'w'], ['v']])
  for (const load of [2, 3]) loads[load]?.answer()
  expect(await Promise.all(reads)).toEqual([['a'], ['b'], ['z', 'y', 'x', 'w'], ['v']])
})

test('loads go together only with those that wait for the same bookmarks', async () => {
  const waitedFor: (readonly string[])[] = []
  const world: World = {
    ...embeddedWorld(),
    timelines(_worldId, _ids, _limit, after) {
      waitedFor.push(after?.bookmarks ?? [])
      return new Promise(() => {})
    },
  }
  const limiter = createLoadLimiter({ most: 16 })
  onTestFinished(() => limiter.stop())
  const batching = batched(limited(world, limiter, 'read'), { atOnce: 1 })
  for (const bookmarks of [[], ['b1'], ['b1'], ['b2'], ['b1', 'b2']]) {
    void batching.timelines('w', ['a'], 50, { bookmarks, onReached: () => {} })
  }
  await expect.poll(() => waitedFor).toEqual([[], ['b1'], ['b2'], ['b1', 'b2']])
})

test('worlds, and limits, are not mixed', async () => {
  const { loads, batching } = held()
  for (const [worldId, limit] of [
    ['w', 50],
    ['w', 50],
    ['w', 7],
    ['v', 50],
  ] as const) {
    void batching.timelines(worldId, ['a'], limit)
  }
  expect(loads.map(({ limit }) => limit)).toEqual([50, 50, 7, 50])
})

test('an error of one caller does not affect the others; an outage affects all', async () => {
  const { loads, read } = held()
  const reads = ['a', 'b', 'c', 'd'].map(id => read(id).catch((error: Error) => error.message))
  loads[0]?.answer()
  await expect.poll(() => loads.length).toBe(3)
  loads[2]?.fail(new Error('c is odd'))
  await expect.poll(() => loads.length).toBe(5)
  loads[3]?.fail(new Error('c is odd'))
  loads[4]?.answer()
  loads[1]?.fail(new HearthError('WorldUnavailable', 'away'))
  expect(await Promise.all(reads)).toEqual([['a'], 'away', 'c is odd', ['d']])

  const more = ['a', 'b', 'c', 'd'].map(id => read(id).catch((error: Error) => error.message))
  loads[5]?.answer()
  await expect.poll(() => loads.length).toBe(8)
  loads[7]?.fail(new HearthError('WorldUnavailable', 'away'))
  loads[6]?.answer()
  expect(await Promise.all(more)).toEqual([['a'], ['b'], 'away', 'away'])
  expect(loads.length).toBe(8)
})
