import { digitsOf } from '../json-text.ts'
import type { Json } from './world.ts'

/**
 * What a caller gives, with the digits that the source has in the same places where the numbers are the same to
 * JavaScript: a game that changes a value it has read must not write back what reading has rounded.
 */
export function withDigitsOf<T extends Json>(stored: Json | undefined, given: T): T {
  if (typeof given === 'number') {
    return (digitsOf(stored) !== undefined && Number(stored) === given ? stored : given) as T
  }
  if (typeof stored !== 'object' || stored === null || typeof given !== 'object' || given === null)
    return given
  if (digitsOf(given) !== undefined) return given
  if (Array.isArray(given)) {
    return Array.isArray(stored) ? (given.map((item, i) => withDigitsOf(stored[i], item)) as T) : given
  }
  if (Array.isArray(stored)) return given
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      withDigitsOf(Object.hasOwn(stored, name) ? stored[name] : undefined, value),
    ]),
  ) as T
}
