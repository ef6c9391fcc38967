import { parse } from 'lossless-json'
import { type Json, numberOf, parseJsonText } from '../../model/json.ts'

/** What JSON text says, with the digits of its numbers, or what is wrong with it and where. */
export type ReadText = { value: Json } | { fault: string }

/**
 * Deeper than any game's values, and less than what the parsers of other languages bear (Python's and Lua's: 1,000), who
 * read the value in Redis.
 */
export const deepestText = 500

/** For a reader: numbers that JSON does not know (`NaN`, `Infinity`, as Python writes them) are its null. */
export function readText(text: string): ReadText {
  if (isTooDeep(text)) return tooDeep
  try {
    return { value: parseJsonText(text) as Json }
  } catch {
    return readNumbersAsNull(text) ?? { fault: faultOf(text) }
  }
}

/**
 * For a write that keeps what the text says beside what it changes, or replaces it: nothing is taken for something else,
 * and no name stands in an object twice with two values.
 */
export function readWhole(text: string): ReadText {
  if (isTooDeep(text)) return tooDeep
  try {
    return { value: parse(text, undefined, { parseNumber: numberOf }) as Json }
  } catch (error) {
    return { fault: reasonOf(text, error) }
  }
}

const strangeNumber = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs

function readNumbersAsNull(text: string): ReadText | undefined {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined
  try {
    const sound = text.replace(strangeNumber, found => (found.startsWith('"') ? found : 'null'))
    return { value: parseJsonText(sound) as Json }
  } catch {
    return undefined
  }
}

/** JavaScript's own error says no place in some versions of Node, and quotes the text, which may be private. */
function faultOf(text: string): string {
  try {
    parse(text)
    return 'it is not JSON'
  } catch (error) {
    return reasonOf(text, error)
  }
}

function reasonOf(text: string, error: unknown): string {
  if (text.startsWith('\uFEFF')) return 'a byte order mark at position 0'
  return error instanceof SyntaxError ? error.message : String(error)
}

const tooDeep = { fault: `it nests deeper than ${deepestText} lists and objects` }

/** Before anything recurses into it: what JSON.parse still reads, JSON.stringify may not write. */
function isTooDeep(text: string): boolean {
  if (text.length <= deepestText) return false
  let depth = 0
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (inText) {
      if (unit === backslash) i++
      else if (unit === quote) inText = false
    } else if (unit === quote) inText = true
    else if (unit === openBracket || unit === openBrace) {
      if (++depth > deepestText) return true
    } else if (unit === closeBracket || unit === closeBrace) depth--
  }
  return false
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
]
