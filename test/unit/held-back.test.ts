import { expect, test } from 'vitest'
import { createHeldBack } from '../../queues/held-back.ts'

const error = new Error('away')

function open() {
  const away = new Set<string>()
  const clock = { ms: 0 }
  const held = createHeldBack({ isAway: id => away.has(id), now: () => clock.ms })
  return { away, clock, held }
}

test('a world that cannot be delivered is left out for a while, each time longer', () => {
  const { clock, held } = open()
  for (const pauseMs of [250, 500, 1_000, 2_000, 2_000]) {
    held.add('w', error)
    clock.ms += pauseMs - 1
    expect(held.worlds()).toEqual(['w'])
    clock.ms += 1
    expect(held.worlds()).toEqual([])
    expect(held.has('w')).toBe(true)
  }
  expect(held.reason).toBe(error)
  held.delivered('w')
  expect([held.has('w'), held.reason]).toEqual([false, null])
})

test('one whose shard is away is left out until it is back, and then tried at once', () => {
  const { away, clock, held } = open()
  held.add('w', error)
  away.add('w')
  clock.ms += 600_000
  expect(held.worlds()).toEqual(['w'])
  away.delete('w')
  expect(held.worlds()).toEqual([])
  expect(held.has('w'), 'no changes of it have been met for a minute').toBe(false)
})
