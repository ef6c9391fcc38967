import fc from 'fast-check'
import { expect, test } from 'vitest'
import { builtInKinds } from '../../model/built-in-kinds.ts'
import { createTtlPolicy } from '../../model/ttl-policy.ts'

test('a TTL is a whole number of at least 1 ms and never longer than the longest, however short', () => {
  const ms = fc.integer({ min: 1, max: 2_147_483_647 })
  const options = fc.record({
    kindsMs: fc.record({ timeline: fc.oneof(fc.constant(1), ms), entity: fc.oneof(fc.constant(2), ms) }),
    nullMs: fc.oneof(fc.constant(1), ms),
    jitter: fc.double({ min: 0, max: 0.9, noNaN: true }),
  })
  fc.assert(
    fc.property(options, fc.constantFrom(...builtInKinds), (given, kind) => {
      const lives = createTtlPolicy(given)
      for (const exists of [true, false]) {
        const life = lives.of(kind, exists)
        if (exists && kind.ttlMs === null) {
          expect(life).toBe('ever')
          continue
        }
        expect(life).toSatisfy(Number.isSafeInteger)
        expect(life).toBeGreaterThanOrEqual(1)
        expect(life).toBeLessThanOrEqual(lives.longestMs(kind, exists))
      }
    }),
  )
})
