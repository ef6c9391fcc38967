import { farthestYear, noNumber, numberPattern, oldest, timestampPattern } from '../../model/timestamp.ts'

/** A Cypher text literal. */
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** `body` with `name` standing for `value`: `WITH` cannot stand inside an expression. */
const given = (name: string, value: string, body: string): string => `head([${name} IN [${value}] | ${body}])`

const integer = (text: string, from: number, length: number): string =>
  `toInteger(substring(${text}, ${from}, ${length}))`

/**
 * A Cypher expression for the INTEGER by which `timestamp` (an expression: text, or a temporal value of Neo4j's)
 * sorts: the same number that `parseTimestamp` gives for its text, and `oldest` where that gives null. Never an
 * error, whatever the property holds.
 */
export function atOf(timestamp: string): string {
  return given(
    'x',
    `toStringOrNull(${timestamp})`,
    `CASE WHEN ${isCommon} THEN ${ofCommonText}
      WHEN x =~ ${literal(timestampPattern)} THEN ${ofAnyText} ELSE ${oldest} END`,
  )
}

/** Cypher: whether a timestamp is a number, or the text of one, which is no date. */
export const isNumeric = (timestamp: string): string =>
  `coalesce(toStringOrNull(${timestamp}) =~ ${literal(numberPattern)}, false)`

/** Cypher: by what those sort whose `atOf` is `oldest`: the same numbers as in `compareEvents`. */
export const numberOf = (timestamp: string): string =>
  `CASE WHEN ${isNumeric(timestamp)} THEN toFloatOrNull(${timestamp}) ELSE ${String(noNumber).replace('+', '')} END`

/**
 * Most timestamps are UTC, of whole seconds and a year of four digits. Neo4j itself reads those, in a third of the
 * time; but it throws on a day that a month does not have, so the days after the 28th are left to the sum below.
 */
const isCommon = `x =~ '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?'
  AND '00' < substring(x, 5, 2) < '13' AND '00' < substring(x, 8, 2) < '29'
  AND substring(x, 11, 2) < '24' AND substring(x, 14, 2) < '60' AND substring(x, 17, 2) < '60'`
const ofCommonText = "datetime(left(x, 19) + 'Z').epochSeconds * 1000000"

const isLeap = '(y % 4 = 0 AND (y % 100 <> 0 OR y % 400 = 0))'
const monthLength = `CASE WHEN mo IN [4, 6, 9, 11] THEN 30 WHEN mo <> 2 THEN 31 WHEN ${isLeap} THEN 29 ELSE 28 END`

/** The sum of daysSince1970 in timestamp.ts. */
const days = given(
  's',
  'y + 400000 - CASE WHEN mo <= 2 THEN 1 ELSE 0 END',
  '365 * s + s / 4 - s / 100 + s / 400 + (153 * ((mo + 9) % 12) + 2) / 5 + d - 146816469',
)

/** What follows hh:mm[:ss]: fraction and offset. The zone's name goes first, since it may hold + and -. */
const afterSeconds = "split(substring(r, CASE WHEN substring(r, 11, 1) = ':' THEN 14 ELSE 11 END), '[')[0]"
const fraction = "split(split(split(f, 'Z')[0], '+')[0], '-')[0]"
const micros = `toInteger(left(substring(${fraction}, 1) + '000000', 6))`
const clock = `${integer('r', 6, 2)} * 3600 + ${integer('r', 9, 2)} * 60
  + CASE WHEN substring(r, 11, 1) = ':' THEN ${integer('r', 12, 2)} ELSE 0 END`
const sign = "CASE WHEN f CONTAINS '-' THEN '-' ELSE '+' END"
const offset = given(
  'o',
  `replace(coalesce(split(f, ${sign})[1], ''), ':', '') + '000000'`,
  `(${integer('o', 0, 2)} * 3600 + ${integer('o', 2, 2)} * 60 + ${integer('o', 4, 2)})
    * CASE WHEN f CONTAINS '-' THEN -1 ELSE 1 END`,
)
const timeOfDay = given('f', afterSeconds, `(${clock} - ${offset}) * 1000000 + ${micros}`)
const sum = `CASE WHEN abs(y) <= ${farthestYear} AND d <= ${monthLength}
  THEN ${days} * 86400000000 + CASE WHEN size(r) = 5 THEN 0 ELSE ${timeOfDay} END ELSE ${oldest} END`

/** u: the text without its sign; y, mo, d: the date; r: what follows the year. All positions in r are known. */
const ofAnyText = given(
  'u',
  "CASE WHEN left(x, 1) IN ['+', '-'] THEN substring(x, 1) ELSE x END",
  given(
    'y',
    "toInteger(split(u, '-')[0]) * CASE WHEN left(x, 1) = '-' THEN -1 ELSE 1 END",
    given(
      'r',
      "substring(u, size(split(u, '-')[0]) + 1)",
      given('mo', integer('r', 0, 2), given('d', integer('r', 3, 2), sum)),
    ),
  ),
)
