import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAbsences } from '../../cache/absences.ts'

test('within any TTL no more absences are admitted than may be remembered, whatever their times', () => {
  const lifeMs = 1_000
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 50, maxLength: 300 }),
      (most, pauses) => {
        let now = 0
        const absences = createAbsences({ max: most, ttlMs: lifeMs, now: () => now })
        const admitted: number[] = []
        for (const pause of pauses) {
          now += pause
          if (absences.admit()) admitted.push(now)
          const alive = admitted.filter(at => at > now - lifeMs)
          expect(alive.length).toBeLessThanOrEqual(most)
        }
      },
    ),
  )
})

test('after a burst others are admitted again, half of them within a TTL', () => {
  let now = 0
  const absences = createAbsences({ max: 100, ttlMs: 1_000, now: () => now })
  const admittedOf = (count: number) => Array.from({ length: count }, absences.admit).filter(Boolean).length
  expect(admittedOf(1_000)).toBe(50)
  now = 500
  expect(admittedOf(1_000)).toBe(25)
  now = 100_000
  expect(admittedOf(1_000)).toBe(50)
})
