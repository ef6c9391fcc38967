import { parse } from 'lossless-json'
import { z } from 'zod'

/** What JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * A JSON number with the digits that it had, where a number of JavaScript's would have others: `9007199254740993`,
 * `1.0`, `1e400`. It stands between what brings JSON (the source, HTTP, a folder, a pending event) and the JSON text that is
 * stored. A caller gets what `JSON.parse` makes of that text, so it never meets one.
 */
export class ExactNumber {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }

  valueOf(): number {
    return Number(this.digits)
  }
  toString(): string {
    return this.digits
  }
  /** For `JSON.stringify`, a plain number; `jsonText` writes the digits. */
  toJSON(): number | string {
    if (!isExact) return Number(this.digits)
    hasMarks = true
    return mark + this.digits
  }
}

/**
 * A JSON number of these digits: a plain number where it has the same digits, else an `ExactNumber`, which passes for a
 * number where values are only handed on. Who looks at values has to expect it.
 */
export function numberOf(digits: string): number {
  const number = Number(digits)
  return String(number) === digits ? number : (new ExactNumber(digits) as unknown as number)
}

/** The digits of a number, exact or plain; undefined for what is no number. */
export function digitsOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return value instanceof ExactNumber ? value.digits : undefined
}

/** Whether it is a JSON object: no list, and no number with its digits, which is an object too. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)

/** No text that a person wrote begins like this. */
const mark = `number ${crypto.randomUUID()} `
const marked = new RegExp(`"${mark}([^"]*)"`, 'g')
let isExact = false
let hasMarks = false

/**
 * `JSON.stringify` that writes exact numbers with their digits. It marks them in the native text and takes the marks out
 * again: to write all of a value in JavaScript would take several times as long.
 */
export function jsonText(value: unknown, indent?: number): string {
  isExact = true
  hasMarks = false
  try {
    const text = indent === undefined ? JSON.stringify(value) : JSON.stringify(value, null, indent)
    return hasMarks ? text.replace(marked, '$1') : text
  } finally {
    isExact = false
  }
}

/**
 * Where a number may stand that JavaScript would write in another way: 16 digits or more, an exponent, a last zero after
 * the point, or a zero below zero. May be wrong about what stands in a text, which only costs time; not about the `:00.000Z`
 * of a timestamp, after which no number ends.
 */
const maybeExact =
  /(?:^|[:,[])\s*-?(?:[0-9][0-9.]{15}|[0-9]+(?:\.[0-9]*0(?=[\s,\]}]|$)|(?:\.[0-9]+)?[eE])|(?<=-)0(?![0-9.]))/

/** What almost every text without such a number lacks; a fifth of the time. */
const hasLongNumber = /[0-9][0-9.eE]|-0/

/** `JSON.parse` that keeps the digits of numbers. As fast where all of them are JavaScript's. */
export function parseJsonText(text: string): unknown {
  if (!hasLongNumber.test(text) || !maybeExact.test(text)) return JSON.parse(text)
  return parse(text, undefined, { parseNumber: numberOf, onDuplicateKey: ({ newValue }) => newValue })
}

/** What `JSON.parse` makes of the value's text: with plain numbers, and no object in common with it. */
export const withoutDigits = <T>(value: T): T => JSON.parse(jsonText(value)) as T

/** A copy of JSON-like data, `undefined` left out; a sixth of `structuredClone`'s time, and readers get thousands. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson) as T
  if (value instanceof ExactNumber) return value
  const copy: Record<string, unknown> = {}
  const source = value as Record<string, unknown>
  for (const name in source) {
    const inner = source[name]
    if (inner === undefined) continue
    if (name === '__proto__') defineField(copy, name, copyJson(inner))
    else copy[name] = copyJson(inner)
  }
  return copy as T
}

/** An assignment to `__proto__` would set the prototype instead. */
export function defineField(copy: object, name: string, value: unknown): void {
  Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true })
}

/**
 * What a caller gives, with the digits that the source has in the same places where the numbers are the same to
 * JavaScript: a game that changes a value it has read must not write back what reading has rounded.
 */
export function withDigitsOf<T>(stored: unknown, given: T): T {
  if (typeof given === 'number')
    return (digitsOf(stored) !== undefined && Number(stored) === given ? stored : given) as T
  if (Array.isArray(given))
    return (Array.isArray(stored) ? given.map((item, i) => withDigitsOf(stored[i], item)) : given) as T
  if (!isJsonObject(given) || !isJsonObject(stored)) return given
  const fields = Object.entries(given).map(([name, value]) => [
    name,
    withDigitsOf(Object.hasOwn(stored, name) ? stored[name] : undefined, value),
  ])
  return Object.fromEntries(fields) as T
}

/** Any JSON. It has a name, because it holds itself: the OpenAPI document refers to it. */
export const anyJson: z.ZodType = z
  .lazy(() =>
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(anyJson), z.record(z.string(), anyJson)]),
  )
  .meta({ id: 'Json' })
