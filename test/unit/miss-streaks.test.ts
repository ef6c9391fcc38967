import { expect, test } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import { createMissStreaks } from '../../cache/miss-streaks.ts'
import { kinds } from '../support/kinds.ts'

const keys = createKeys()
const timeline = (worldId: string, id: string) => keys.entry(kinds.timeline, worldId, id)

test('a kind of a world is cold after four misses in a row, until a hit', () => {
  const misses = createMissStreaks()
  const miss = (...ids: string[]) => ids.forEach(id => void misses.missed(timeline('w', id)))
  miss('a', 'b', 'c')
  expect(misses.isCold(timeline('w', 'd'))).toBe(false)
  miss('d')
  expect(misses.isCold(timeline('w', 'e'))).toBe(true)
  expect(misses.isCold(timeline('another', 'e')), 'another world').toBe(false)
  expect(misses.isCold(keys.entry(kinds.flags, 'w', null)), 'another kind').toBe(false)

  misses.hit(timeline('another', 'a'))
  expect(misses.isCold(timeline('w', 'e')), "after another world's hit").toBe(true)
  misses.hit(timeline('w', 'a'))
  expect(misses.isCold(timeline('w', 'e'))).toBe(false)
  miss('b', 'c', 'd')
  expect(misses.isCold(timeline('w', 'e')), 'counted anew').toBe(false)
})
