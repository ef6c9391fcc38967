import { expect, test } from 'vitest'
import { createNeededReplicas } from '../../resilience/needed-replicas.ts'

test('all replicas that a primary has are needed, and those that it lost for 30 s more', () => {
  let now = 0
  const { needed, saw } = createNeededReplicas({ now: () => now })
  const sees = (replicas: number, history = 'a') => {
    saw({ history, replicas })
    return needed()
  }
  expect(needed()).toBe(0)
  expect(sees(1)).toBe(1)
  expect(sees(2)).toBe(2)
  now = 3_600_000 // in which it looked at nothing: what was lost may have been lost just now
  expect(sees(1)).toBe(2)
  now += 29_999
  expect(sees(0)).toBe(2)
  expect(sees(2)).toBe(2)
  now += 1
  expect(sees(0), 'lost a second time').toBe(2)
  now += 30_000
  expect(sees(1)).toBe(1)
  expect(sees(0, 'promoted')).toBe(0)
})

test('a fixed number is needed whatever the primary has', () => {
  for (const fixed of [0, 2]) {
    const { needed, saw } = createNeededReplicas({ fixed })
    expect(needed()).toBe(fixed)
    saw({ history: 'a', replicas: 1 })
    expect(needed()).toBe(fixed)
  }
})
