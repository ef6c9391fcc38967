import { parse } from 'lossless-json'

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
 * the point, or a zero below zero. May be wrong about what stands in a text, which only costs time.
 */
const maybeExact =
  /(?:^|[:,[])\s*-?(?:[0-9][0-9.]{15}|[0-9]+(?:\.[0-9]*0(?![0-9])|(?:\.[0-9]+)?[eE])|(?<=-)0(?![0-9.]))/

/** What almost every text without such a number lacks; a fifth of the time. */
const hasLongNumber = /[0-9][0-9.eE]|-0/

/** `JSON.parse` that keeps the digits of numbers. As fast where all of them are JavaScript's. */
export function parseJsonText(text: string): unknown {
  if (!hasLongNumber.test(text) || !maybeExact.test(text)) return JSON.parse(text)
  return parse(text, undefined, { parseNumber: numberOf, onDuplicateKey: ({ newValue }) => newValue })
}

/** What `JSON.parse` makes of the value's text: with plain numbers, and no object in common with it. */
export const withoutDigits = <T>(value: T): T => JSON.parse(jsonText(value)) as T
