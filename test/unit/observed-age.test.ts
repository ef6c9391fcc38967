import { expect, test } from 'vitest'
import { createObservedAge } from '../../resilience/observed-age.ts'

const hour = 3_600_000

/** A server that stamps items with a clock that can be set; and this process's own clock. */
function open() {
  let own = 0
  let wall = 1_000_000_000
  const waiting: number[] = []
  const age = createObservedAge({ now: () => own })
  return {
    add: () => void waiting.push(Math.max(wall, (waiting.at(-1) ?? 0) + 1)),
    take: (count: number) => void waiting.splice(0, count),
    set(ms: number) {
      wall += ms
    },
    pass(ms: number) {
      own += ms
      wall += ms
    },
    look() {
      const [oldest] = waiting
      if (oldest === undefined) return age.look(null)
      return age.look({ oldest, newest: waiting.at(-1) as number, ageMs: wall - oldest })
    },
  }
}

test.each([-hour, hour])('waiting items grow older as before, though the clock is set by %i ms', step => {
  const { add, pass, set, look } = open()
  look()
  pass(1_000)
  add()
  pass(4_000)
  expect(look()).toBe(4_000)
  set(step)
  pass(5_000)
  add()
  expect(look()).toBe(9_000)
  pass(5_000)
  expect(look()).toBe(14_000)
})

test('in a queue that moves on, the first item is as old as the check that first saw it, whatever the clock does', () => {
  const { add, take, pass, set, look } = open()
  look()
  for (let i = 0; i < 10; i++) {
    add()
    pass(5_000)
    look()
  }
  set(-hour)
  take(4) // the fifth was first seen after 25 s
  expect(look()).toBe(25_000)
  take(6)
  expect(look()).toBe(0)
})

test('an item from before the process started is as old as the server says, and never younger than observed', () => {
  const { add, pass, look } = open()
  add()
  pass(60_000)
  expect(look()).toBe(60_000)
  for (let i = 0; i < 500; i++) {
    add()
    pass(1_000)
    expect(look()).toBe(60_000 + (i + 1) * 1_000)
  }
})
