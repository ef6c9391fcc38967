import type { Cache } from '../../cache/cache.ts'
import type { Entry } from '../../cache/keys.ts'
import type { Peeked } from '../../cache/peek.ts'
import { corrupt, decodeExactly, encode } from '../../cache/values.ts'
import { type Json, parseJsonText } from '../../model/json.ts'
import { differencesOf } from './differences.ts'
import type { Difference, Fault } from './payload.ts'

/** What is wrong with an entry at one look. */
export interface Wrong {
  fault: Fault
  detail: string
  marks: string[]
  differences: Difference[]
}

type Limits = Pick<Cache, 'ttlPolicy' | 'leaseMs'>

/** For clocks that differ, and for the way to Redis. Milliseconds. */
const slackMs = 2_000

/** In place of what the source has: a value that is not of its kind, with which nothing can be compared. */
export const unfit = Symbol('unfit')

export type Truth = object | null | typeof unfit

/**
 * Whether readers get something else than the source has, or nothing. The text is parsed only where it is not the one
 * that would be stored now: most are.
 *
 * @param truth undefined where it was not loaded, because there is no text
 */
export function checkValue(
  { kind }: Entry,
  { type, text }: Peeked,
  truth: Truth | undefined,
): Wrong | undefined {
  if (type === 'none') return undefined
  if (text === null) return wrong('unparsable', `it is no text but a ${type}`, type)
  const right = truth === unfit || truth === undefined ? undefined : encode(kind, truth)
  if (text.trim() === right) return undefined // an amended entry has room around its text (see prepend.lua)
  const cached = decodeExactly<Json>(kind, text)
  if (cached === corrupt) return unparsable(text)
  return right === undefined ? undefined : differing(cached, right)
}

function differing(cached: Json, right: string): Wrong | undefined {
  const truth = parseJsonText(right) as Json
  if (truth === null) {
    return cached === null ? undefined : wrong('orphan', 'the source does not have it', 'orphan')
  }
  if (cached === null)
    return wrong('different', 'it is remembered as missing, and the source has it', 'missing')
  const found = differencesOf(cached, truth)
  if (!found) return undefined
  const places = found.marks.length
  return {
    fault: 'different',
    detail: `it differs from the source in ${places} ${places === 1 ? 'place' : 'places'}`,
    marks: found.marks,
    differences: found.shown,
  }
}

export function checkLease({ leaseTtlMs }: Peeked, { leaseMs }: Limits): Wrong | undefined {
  if (leaseTtlMs === null || leaseTtlMs <= leaseMs + slackMs) return undefined
  if (leaseTtlMs === Number.POSITIVE_INFINITY) return wrong('lease', 'its lease never expires', 'none')
  return wrong('lease', `its lease stands for ${leaseTtlMs} ms more; ${leaseMs} ms is the longest`, 'long')
}

/** Nothing of the text is reported, nor by JSON's own error, which quotes it. */
function unparsable(text: string): Wrong {
  const bytes = Buffer.byteLength(text)
  return wrong('unparsable', `its ${bytes} bytes are no JSON of its kind`, `${bytes}`)
}

export function checkLife(entry: Entry, { ttlMs, text }: Peeked, { ttlPolicy }: Limits): Wrong | undefined {
  const longestMs = ttlPolicy.longestMs(entry.kind, text !== 'null')
  if (ttlMs === null || ttlMs <= longestMs + slackMs) return undefined
  if (ttlMs === Number.POSITIVE_INFINITY) return wrong('life', 'it never expires', 'none')
  const detail = `it lives for ${ttlMs} ms more; ${longestMs} ms is the longest that a fill gives`
  return wrong('life', detail, 'long')
}

const wrong = (fault: Fault, detail: string, mark: string): Wrong => ({
  fault,
  detail,
  marks: [mark],
  differences: [],
})
