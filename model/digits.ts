import { digitsOf, isJsonObject } from './json-text.ts'

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
