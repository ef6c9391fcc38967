import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromProperty, toProperty } from '../../world/neo4j/values.ts'

test('any text of a property reads as that text, however much it looks like JSON', () => {
  const looksLikeJson = fc.oneof(
    fc.json(),
    fc.array(fc.integer()).map(list => JSON.stringify(list)),
    fc.stringMatching(/^["\\[{\]}:, 1a]*$/),
  )
  const quoted = fc
    .tuple(looksLikeJson, fc.nat(4))
    .map(([text, times]) =>
      Array.from({ length: times }).reduce<string>(inner => JSON.stringify(inner), text),
    )
  const check = (text: string) => {
    expect(toProperty(fromProperty(text))).toBe(text)
  }
  fc.assert(fc.property(fc.oneof(fc.string(), looksLikeJson, quoted), check), { numRuns: 2_000 })
})
