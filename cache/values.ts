import { ExactNumber, jsonText, parseJsonText } from '../model/json.ts'
import type { Kind } from '../model/kind.ts'

/** What stands between the items of a list's JSON text, and, as JSON has no bare newline in text, nowhere else. */
export const separator = ',\n'

/** The JSON text of an entry's value, with the digits that its numbers have. Scripts find the items of a list by their separator. */
export function encode({ shape }: Shaped, value: unknown): string {
  if (shape !== 'list' || !Array.isArray(value)) return jsonText(value)
  return `[${value.map(item => jsonText(item)).join(separator)}]`
}

type Shaped = Pick<Kind, 'shape'>

/** The answer of `decode` for bytes that no fill of ours wrote. */
export const corrupt = Symbol('corrupt')

/** How JSON text becomes a value: `JSON.parse`, or `parseJsonText`, which keeps the digits of numbers. */
export type Parse = (text: string) => unknown

/** An entry's JSON text as a value; `corrupt` where it does not parse, or is not of its kind's shape. */
export function decode<T>(
  { shape }: Shaped,
  text: string,
  parse: Parse = JSON.parse,
): T | null | typeof corrupt {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    return corrupt
  }
  if (value === null) return null
  const isData = typeof value === 'object' && !(value instanceof ExactNumber)
  const fits = isData && Array.isArray(value) === (shape === 'list')
  return fits ? (value as T) : corrupt
}

/** The same for a value that is encoded again or compared: its numbers keep their digits. */
export const decodeExactly = <T>(kind: Shaped, text: string): T | null | typeof corrupt =>
  decode<T>(kind, text, parseJsonText)

/** The values; in place of each that is undefined what `load` brings for its entry. */
export async function withMissing<E, T>(
  entries: readonly E[],
  values: readonly (T | null | undefined)[],
  load: (missing: E[]) => Promise<(T | null)[]>,
): Promise<(T | null)[]> {
  const missing = entries.filter((_, i) => values[i] === undefined)
  const loaded = missing.length === 0 ? [] : await load(missing)
  let next = 0
  return values.map(value => (value === undefined ? (loaded[next++] ?? null) : value))
}
