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

/** What readers get of it: undefined where there is nothing to compare. */
export function readableValue({ kind }: Entry, { text }: Peeked): Json | undefined {
  if (text === null) return undefined
  const value = decodeExactly<Json>(kind, text)
  return value === corrupt ? undefined : value
}

/** What is wrong with an entry, whatever the source has. */
export function checkForm(entry: Entry, looked: Peeked, limits: Limits): Wrong[] {
  return [unparsable(entry, looked), tooLongLived(entry, looked, limits)].flatMap(wrong => wrong ?? [])
}

/** Whether readers get something else than the source has. */
export function checkValue(
  { kind }: Entry,
  { text, cached }: { text: string; cached: Json },
  truth: object | null,
): Wrong | undefined {
  const right = encode(kind, truth)
  if (text.trim() === right) return undefined // an amended entry has room around its text (see prepend.lua)
  if (truth === null) {
    return cached === null ? undefined : wrong('orphan', 'the source does not have it', 'orphan')
  }
  if (cached === null)
    return wrong('different', 'it is remembered as missing, and the source has it', 'missing')
  const found = differencesOf(cached, parseJsonText(right) as Json)
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
function unparsable(entry: Entry, looked: Peeked): Wrong | undefined {
  if (looked.type === 'none' || readableValue(entry, looked) !== undefined) return undefined
  if (looked.text === null) return wrong('unparsable', `it is no text but a ${looked.type}`, looked.type)
  const bytes = Buffer.byteLength(looked.text)
  return wrong('unparsable', `its ${bytes} bytes are no JSON of its kind`, `${bytes}`)
}

function tooLongLived(entry: Entry, { ttlMs, text }: Peeked, { ttlPolicy }: Limits): Wrong | undefined {
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
