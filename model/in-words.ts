import { ExactNumber } from './json-text.ts'

/** What was given in place of something else, for a message: without the text of a string, which may be a secret. */
export function inWords(given: unknown): string {
  if (given instanceof ExactNumber) return String(given)
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'object' && given !== null) {
    const name = given.constructor?.name ?? 'Object'
    return name === 'Object' ? 'an object' : `a ${name}`
  }
  const hasName = ['string', 'function', 'bigint', 'symbol'].includes(typeof given)
  return hasName ? `a ${typeof given}` : String(given)
}
