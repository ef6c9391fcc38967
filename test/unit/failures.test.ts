import { expect, test } from 'vitest'
import { patternOf } from '../../queues/failures.ts'

test('reasons that differ in ids, numbers, quoted text and addresses only are one', () => {
  const alike = [
    'there is no world "xah-atho 7"; byte 12 of c-4f1e at 10.0.0.1:7687',
    'there is no world "other"; byte 9001 of hf_66 at neo4j-2.internal:7687',
  ]
  expect(alike.map(patternOf)).toEqual(alike.map(() => 'there is no world …; byte … of … at …'))
  expect(patternOf('out of luck')).toBe('out of luck')
  expect(patternOf("the world 'a', 'b' and `c` went")).toBe('the world … and … went')
})

test('a reason is one line of a bounded length, and a job without one has words too', () => {
  expect(patternOf(`first line\nat stack ${'x'.repeat(9)}`)).toBe('first line')
  expect(patternOf('many words '.repeat(1_000)).length).toBeLessThanOrEqual(240)
  expect(patternOf(' ')).toBe('no reason')
})

test('a pattern is its own pattern, so that a group can be named by it', () => {
  const reason = 'job 17 of "w1" failed at 10.0.0.1:7687, 3, 4 and 5'
  expect(patternOf(patternOf(reason))).toBe(patternOf(reason))
  const long = `${'word '.repeat(47)} ends "quoted" 1234`
  expect(patternOf(patternOf(long))).toBe(patternOf(long))
})
