import { expect, test } from 'vitest'
import type { Entry } from '../../cache/keys.ts'
import type { Entity } from '../../model/world-data.ts'
import { kinds } from '../support/kinds.ts'
import { inTime } from '../support/relay-setup.ts'
import { fresh, openCache } from '../support/setup.ts'

interface HeldLoad {
  ids: string[]
  release(): void
  fail(error: Error): void
}

/** Five entries that are warmed in parts of two, by loads that a test releases one by one. */
function warming() {
  const cache = openCache()
  const worldId = fresh()
  const entries = Array.from({ length: 5 }, (_, i) =>
    cache.keys.entry(kinds.entity, worldId, { type: 'character', id: `c${i}` }),
  )
  const begun: HeldLoad[] = []
  const load = (part: readonly Entry[]) =>
    new Promise<Entity[]>((resolve, reject) => {
      const ids = part.map(({ item }) => (item as Entity).id)
      const number = begun.length + 1
      const values = ids.map(id => ({ id, type: 'character' as const, name: `load ${number}` }))
      begun.push({ ids, release: () => resolve(values), fail: reject })
    })
  const filling = cache.fill({ entries, load, mode: 'warm', by: 'warm', waitMs: 0, partSize: 2 })
  const nameOf = async (i: number) => {
    const text = await cache.redis.get((entries[i] as Entry).key)
    return text && (JSON.parse(text) as Entity).name
  }
  const leased = async () =>
    (await Promise.all(entries.map(({ lease }) => cache.redis.exists(lease)))).reduce((sum, one) => sum + one)
  const released = async (number: number) => {
    await expect.poll(() => begun.length, inTime).toBe(number)
    begun[number - 1]?.release()
  }
  return { cache, worldId, entries, begun, filling, nameOf, leased, released }
}

test('all leases are taken before the first load, and a part is stored while the next one is being loaded', async () => {
  const { begun, filling, nameOf, leased, released } = warming()
  await expect.poll(() => begun.length, inTime).toBe(1)
  expect(await leased()).toBe(5)

  await released(1)
  await expect.poll(() => nameOf(1), inTime).toBe('load 1')
  expect(begun.map(({ ids }) => ids)).toEqual([
    ['c0', 'c1'],
    ['c2', 'c3'],
  ])
  await released(2)
  await released(3)
  expect((await filling).map(({ state }) => state)).toEqual(Array(5).fill('stored'))
  expect(begun.at(-1)?.ids).toEqual(['c4'])
  expect(await nameOf(4)).toBe('load 3')
  expect(await leased()).toBe(0)
})

test('what changes while any part is being loaded is loaded again, and nothing else', async () => {
  const { cache, worldId, entries, begun, filling, nameOf, released } = warming()
  await released(1)
  await expect.poll(() => begun.length, inTime).toBe(2)
  await cache.leases.invalidate(worldId, [entries[3] as Entry, entries[4] as Entry]) // of this part, and of the next
  await released(2)
  await released(3)
  await released(4)
  expect((await filling).map(({ state }) => state)).toEqual(Array(5).fill('stored'))
  expect(begun.at(-1)?.ids).toEqual(['c3', 'c4'])
  expect(await Promise.all([2, 3, 4].map(nameOf))).toEqual(['load 2', 'load 4', 'load 4'])
})

test('where a part cannot be loaded, those before it are stored, and the leases of all others end', async () => {
  const { begun, filling, nameOf, leased, released } = warming()
  const failed = expect(filling).rejects.toThrow('no answer')
  await released(1)
  await expect.poll(() => begun.length, inTime).toBe(2)
  begun[1]?.fail(new Error('no answer'))
  await failed
  await expect.poll(leased, inTime).toBe(0)
  expect(await Promise.all([0, 1, 2].map(nameOf))).toEqual(['load 1', 'load 1', null])
  expect(begun).toHaveLength(2)
})
