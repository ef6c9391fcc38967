import { expect, test } from 'vitest'
import { paceOf } from '../../dashboard/page/data/pace.ts'

test('the pace of an operation has its total, its rate and the time that is left', () => {
  expect(paceOf(0, 40, 1_000)).toBe('0 of 40')
  expect(paceOf(10, 40, 5_000)).toBe('10 of 40, 2.0 a second, 15 s left')
  expect(paceOf(40, 40, 20_000)).toBe('40 of 40')
})
