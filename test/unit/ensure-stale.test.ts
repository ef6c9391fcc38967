import { expect, test } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import type { Leases } from '../../cache/leases.ts'
import { createEnsureStale } from '../../jobs/invalidate/together.ts'
import { kinds } from '../support/kinds.ts'

const keys = createKeys()
const timeline = (worldId: string, id: string) => keys.entry(kinds.timeline, worldId, id)

/** Redis holds worlds of these versions. */
function setup(versions: Record<string, number>) {
  const calls: { worldId: string; ids: unknown[]; unlessVersion: number | null | undefined }[] = []
  const invalidate: Leases['invalidate'] = async (worldId, entries, { unlessVersion } = {}) => {
    calls.push({ worldId, ids: entries.map(({ item }) => item), unlessVersion })
    const version = versions[worldId] ?? 0
    const isDone = unlessVersion != null && version >= unlessVersion
    return { outcome: isDone ? 'already' : 'invalidated', version, existed: 0 }
  }
  const popularity = { top: async () => ['c1'] }
  return { calls, ensureStale: createEnsureStale({ leases: { invalidate }, popularity } as never) }
}

test('jobs of one world that run at a time are one call, of the highest of their versions', async () => {
  const { calls, ensureStale } = setup({ w1: 8 })
  const [first] = await Promise.all([
    ensureStale(timeline('w1', 'c1'), 5),
    ensureStale(timeline('w1', 'c2'), 8),
    ensureStale(timeline('w2', 'c1'), 5),
  ])
  expect(calls).toEqual([
    { worldId: 'w1', ids: ['c1', 'c2'], unlessVersion: 8 },
    { worldId: 'w2', ids: ['c1'], unlessVersion: 5 },
  ])
  expect(first?.outcome).toBe('already')
  expect(first?.popular.has('c1')).toBe(true)
})

test('a world that lacks one of the changes loses the entries of all of them', async () => {
  const { ensureStale } = setup({ w1: 6 })
  const found = await Promise.all([
    ensureStale(timeline('w1', 'c1'), 5),
    ensureStale(timeline('w1', 'c2'), 8),
  ])
  expect(found.map(({ outcome }) => outcome)).toEqual(['invalidated', 'invalidated'])
})

test('one that invalidates in any case goes with none that has a version', async () => {
  const { calls, ensureStale } = setup({ w1: 8 })
  const [, anyway] = await Promise.all([
    ensureStale(timeline('w1', 'c1'), 5),
    ensureStale(timeline('w1', 'c2'), null),
    ensureStale(timeline('w1', 'c3'), null),
  ])
  expect(calls.map(({ unlessVersion }) => unlessVersion)).toEqual([5, null])
  expect(anyway?.outcome).toBe('invalidated')
})
