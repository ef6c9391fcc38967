import { expect, test } from 'vitest'
import { ageInWords, nines } from '../../dashboard/page/pages/consistency/nines.ts'
import { isolatedIn } from '../../dashboard/page/parts/isolated.ts'

test('a minute with nothing known before and after it is drawn as a point, others as a line', () => {
  expect(isolatedIn([null, 5, null, 1, 2, null, 0])).toEqual([1, 6])
  expect(isolatedIn([7])).toEqual([0])
  expect(isolatedIn([null, undefined])).toEqual([])
})

test('a share has every nine that it has, and none that it has not', () => {
  expect(nines(0, 0)).toBe('–')
  expect(nines(1_000, 0)).toBe('100 %')
  expect(nines(1_000_000, 1)).toBe('99.9999 %')
  expect(nines(1_000_000_000, 1), 'rounded down').toBe('99.999999 %')
  expect(nines(3, 1)).toBe('66.6 %')
  expect([ageInWords('10s'), ageInWords('5m')]).toEqual(['10 s', '5 min'])
})
