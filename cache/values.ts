import { jsonText, parseJsonText } from '../json-text.ts'
import type { Kind } from './keys.ts'

/** What stands between the events of a timeline's JSON text, and, as JSON has no bare newline in text, nowhere else. */
export const separator = ',\n'

/** The JSON text of an entry's value, with the digits that its numbers have. Scripts find the events of a timeline by their separator. */
export function encode(kind: Kind, value: unknown): string {
  if (kind !== 'timeline' || !Array.isArray(value)) return jsonText(value)
  return `[${value.map(event => jsonText(event)).join(separator)}]`
}

/** The answer of `decode` for bytes that no fill of ours wrote. */
export const corrupt = Symbol('corrupt')

/** An entry's JSON text as a value; `corrupt` where it does not parse, or is not of its kind's shape. */
export const decode = <T>(kind: Kind, text: string): T | null | typeof corrupt =>
  decodeWith<T>(JSON.parse, kind, text)

/** The same for a value that is not handed out but encoded again or compared: its numbers keep their digits. */
export const decodeExactly = <T>(kind: Kind, text: string): T | null | typeof corrupt =>
  decodeWith<T>(parseJsonText, kind, text)

function decodeWith<T>(
  parse: (text: string) => unknown,
  kind: Kind,
  text: string,
): T | null | typeof corrupt {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    return corrupt
  }
  if (value === null) return null
  const fits = typeof value === 'object' && Array.isArray(value) === (kind === 'timeline')
  return fits ? (value as T) : corrupt
}
