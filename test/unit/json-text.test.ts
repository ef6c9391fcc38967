import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeExactly, encode } from '../../cache/values.ts'
import {
  copyJson,
  digitsOf,
  type Json,
  jsonText,
  numberOf,
  parseJsonText,
  withDigitsOf,
  withoutDigits,
} from '../../model/json.ts'
import { createPrivacy } from '../../model/privacy.ts'
import { jsonTexts } from '../support/json-texts.ts'
import { kinds } from '../support/kinds.ts'

test('all functions that handle JSON keep any text, digit by digit', () => {
  const privacy = createPrivacy({ privateNames: [] })
  fc.assert(
    fc.property(jsonTexts, text => {
      const value = parseJsonText(text) as Json
      expect(jsonText(value)).toBe(text)
      expect(jsonText(copyJson(value))).toBe(text)
      expect(jsonText(privacy.flags({ value })['value'])).toBe(text)
      expect(jsonText(decodeExactly(kinds.flags, encode(kinds.flags, { value })))).toBe(`{"value":${text}}`)
      expect(withoutDigits(value)).toEqual(JSON.parse(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a value that JavaScript has read and writes back has the digits of the source', () => {
  fc.assert(
    fc.property(jsonTexts, text => {
      const stored = parseJsonText(text) as Json
      expect(jsonText(withDigitsOf(stored, JSON.parse(text) as Json))).toBe(text)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['9007199254740993', true],
  ['-1234567890123456789012345', true],
  ['1.0', true],
  ['-0', true],
  ['1e400', true],
  ['1E5', true],
  ['9007199254740991', false],
  ['0.30000000000000004', false],
  ['-12.5', false],
])('%s is exact: %s', (digits, isExact) => {
  const value = numberOf(digits)
  expect(digitsOf(value)).toBe(digits)
  expect(typeof value === 'object').toBe(isExact)
  expect(Number(value)).toBe(Number(digits))
  expect(parseJsonText(`{"a":[1,${digits}]}`)).toEqual({ a: [1, value] })
  if (Number.isFinite(Number(digits))) expect(JSON.stringify([value])).toBe(JSON.stringify([Number(digits)]))
})
