/**
 * What counts as a timestamp: `YYYY-MM-DD`, or with a time `…Thh:mm[:ss[.fraction]]` (`T` or one space; a fraction
 * of 1 to 9 digits after `.` or `,`), then optionally `Z` or an offset `±hh[[:]mm[[:]ss]]`, then, only after one of
 * those, a database's `[Zone]`. A year has four digits, or a sign and four to six (ISO's astronomical years: `0000` is
 * 1 BC, `-0209` is 210 BC). The pattern keeps to what JavaScript's and Java's regular expressions read alike, because
 * the Cypher of a source matches with it too.
 */
export const timestampPattern =
  '([+-]?)([0-9]{4}|(?<=[+-])[0-9]{5,6})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' +
  '(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?' +
  '(?:(Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9])?)?)(?:\\[[^\\]]*\\])?)?)?'

/** Years beyond this, before or after, do not fit 64 bits of microseconds. */
export const farthestYear = 290_000

/** Where events without a readable timestamp stand in an order: before all others. Fits an integer of 64 bits. */
export const oldest = -(2n ** 63n - 1n)

const matcher = new RegExp(`^${timestampPattern}$`)
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Microseconds since 1970-01-01T00:00Z in the proleptic Gregorian calendar; without an offset the text means UTC.
 * Digits beyond the microsecond are cut. `null` for what is no timestamp (see `timestampPattern`; also a day that
 * its month does not have, and a year beyond `farthestYear`).
 */
export function parseTimestamp(text: string): bigint | null {
  const parts = matcher.exec(text)
  if (!parts) return null
  const year = Number(parts[2]) * (parts[1] === '-' ? -1 : 1)
  const month = Number(parts[3])
  const day = Number(parts[4])
  if (Math.abs(year) > farthestYear || day > daysIn(year, month)) return null
  const seconds =
    daysSince1970(year, month, day) * 86_400 +
    Number(parts[5] ?? 0) * 3600 +
    Number(parts[6] ?? 0) * 60 +
    Number(parts[7] ?? 0) -
    offsetSeconds(parts[9] ?? 'Z')
  const micros = Number((parts[8] ?? '').padEnd(6, '0').slice(0, 6))
  return BigInt(seconds) * 1_000_000n + BigInt(micros)
}

/**
 * A timestamp that is a number (seconds, milliseconds, turns: nothing says which) instead of a date. The Cypher of
 * a source matches with it too; `1.7E9` is how a graph writes a FLOAT.
 */
export const numberPattern = '-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?'

/** Below all numbers: what is neither a date nor a number. */
export const noNumber = -Number.MAX_VALUE

const numberMatcher = new RegExp(`^${numberPattern}$`)

/**
 * Newest first: by timestamp, then by `event_id`, both descending. What `parseTimestamp` cannot read counts as older
 * than what it can: numbers in the order of their values, the rest before them. Ids compare as in every
 * source (`compareText`), so that a union of a source's and other events keeps one order.
 */
export function compareEvents(a: EventOrder, b: EventOrder): number {
  const atA = parseTimestamp(a.timestamp) ?? oldest
  const atB = parseTimestamp(b.timestamp) ?? oldest
  if (atA !== atB) return atA > atB ? -1 : 1
  if (atA === oldest) {
    const difference = numberOf(b.timestamp) - numberOf(a.timestamp)
    if (difference !== 0) return difference
  }
  return compareText(b.event_id, a.event_id)
}

const numberOf = (timestamp: string): number =>
  numberMatcher.test(timestamp) ? Math.max(Number(timestamp), noNumber) : noNumber

/** What of an event its place in a timeline depends on. */
interface EventOrder {
  timestamp: string
  event_id: string
}

/**
 * Ascending by Unicode code point, as a database sorts text in its indexes.
 * JavaScript's `<` compares UTF-16 units instead, and puts what lies beyond
 * U+FFFF (an emoji) before U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i)
    const unitB = b.charCodeAt(i)
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB)
  }
  return a.length - b.length
}

/** Surrogates (U+D800 to U+DFFF) stand for code points above all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** Of a sorted list, the index of the first item that comes after `item`. */
export function indexAfter<T, K>(
  sorted: readonly T[],
  item: K,
  compare: (a: T | K, b: T | K) => number,
): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const probe = sorted[middle]
    if (probe !== undefined && compare(probe, item) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function daysIn(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return leap ? 29 : (monthDays[month - 1] ?? 0)
}

/**
 * Counts years from March, so that the leap day is a year's last. `Date` would read the years 0 to 99 as 19xx, and
 * the same sum is written in Cypher (neo4j/at.ts): 400,000 years (1000 times 146,097 days a 400 years) are added
 * first, because Cypher's division rounds towards zero.
 */
function daysSince1970(year: number, month: number, day: number): number {
  const y = year + 400_000 - (month <= 2 ? 1 : 0)
  const fromMarch = (month + 9) % 12
  return (
    365 * y +
    Math.floor(y / 4) -
    Math.floor(y / 100) +
    Math.floor(y / 400) +
    Math.floor((153 * fromMarch + 2) / 5) +
    day -
    1 -
    719_468 -
    146_097_000
  )
}

/** How far a local time is ahead of UTC, of `Z` or `±hh[[:]mm[[:]ss]]`. */
export function offsetSeconds(offset: string): number {
  if (offset === 'Z') return 0
  const digits = offset.slice(1).replaceAll(':', '').padEnd(6, '0')
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6))
  return offset.startsWith('-') ? -seconds : seconds
}
