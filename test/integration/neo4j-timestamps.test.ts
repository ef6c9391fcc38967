import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { compareText, oldest, parseTimestamp } from '../../model/timestamp.ts'
import { atOf } from '../../world/neo4j/at.ts'
import { type Connection, connect } from '../../world/neo4j/connection.ts'
import { toText } from '../../world/neo4j/values.ts'
import { neo4jAuth } from '../support/servers.ts'

let neo4j: Connection
beforeAll(() => {
  neo4j = connect(neo4jAuth())
})
afterAll(() => neo4j.close())

const expected = (text: string) => ({ text, at: parseTimestamp(text) ?? oldest })
const computed = (texts: string[]) =>
  neo4j.read(`UNWIND $texts AS text RETURN text, ${atOf('text')} AS at`, { texts })

test('Cypher gives every text the number that parseTimestamp gives it', async () => {
  const texts = [
    ...[
      '1970-01-01',
      '0001-01-01T00:00:00',
      '0000-02-29',
      '-0001-12-31T23:59:59Z',
      '-0210-06-01',
      '+0099-01-01',
    ],
    ...['2020-02-29T12:00:00', '2021-02-29T12:00:00', '1900-02-29T00:00:00', '2000-02-29T00:00:00Z'],
    ...['2020-04-30T00:00:00', '2020-04-31T00:00:00', '2020-12-31T23:59:59', '2020-12-31 23:59:59'],
    ...['2020-01-01T10:20', '2020-01-01T10:20Z', '2020-01-01T10:20+02', '2020-01-01T10:20:30-0230'],
    ...['2020-01-01T10:20:30.1', '2020-01-01T10:20:30,123456789+01:00[Europe/Paris]'],
    ...[
      '2020-01-01T10:20:30.5Z[Etc/GMT+5]',
      '2020-01-01T10:20:30+00:09:21',
      '+290000-12-31',
      '+290001-01-01',
    ],
    ...['-290000-01-01', '2020-01-01T24:00:00', '2020-13-01T00:00:00', '2020-00-01T00:00:00'],
    ...['2020-01-00T00:00:00', '2020-01-01T10:60:00', '2020-01-01T10:20:60', '2020-01-01T10', '2020-01-01Z'],
    ...[
      '',
      ' ',
      'x',
      '2020',
      '12345-01-01',
      '-210-01-01',
      '2020-01-01\n',
      '2020-01-01T00:00:00\n',
      "'",
      '\\',
    ],
    ...[
      '٢٠٢٠-01-01',
      '2020-01-01T10:20[Europe/Paris]',
      '2020-01-01T10:20:30.1234567890',
      '🐉',
      '--',
      '+',
      '[]',
    ],
  ]
  expect(await computed(texts)).toEqual(texts.map(expected))
})

test('and every generated text, valid or nearly valid', async () => {
  const two = fc.integer({ min: 0, max: 62 }).map(n => String(n).padStart(2, '0'))
  const year = fc.oneof(
    fc.integer({ min: 0, max: 9999 }).map(n => String(n).padStart(4, '0')),
    fc.tuple(fc.constantFrom('+', '-', ''), fc.integer({ min: 0, max: 300_000 })).map(([sign, n]) => {
      return `${sign}${String(n).padStart(4, '0')}`
    }),
  )
  const maybe = (arbitrary: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), arbitrary)
  const fraction = maybe(fc.stringMatching(/^[.,][0-9]{1,9}$/))
  const offset = maybe(
    fc.stringMatching(/^(Z|[+-][0-2][0-9](:?[0-5][0-9](:[0-5][0-9])?)?)(\[Etc\/GMT[+-]5\])?$/),
  )
  const day = fc.tuple(year, two, two).map(parts => parts.join('-'))
  const clock = fc.tuple(fc.constantFrom('T', ' '), two, two).map(([t, h, m]) => `${t}${h}:${m}`)
  const time = fc.tuple(clock, maybe(two.map(s => `:${s}`)), fraction, offset).map(parts => parts.join(''))
  const text = fc.oneof(
    { weight: 20, arbitrary: fc.tuple(day, maybe(time)).map(parts => parts.join('')) },
    { weight: 1, arbitrary: fc.string() },
  )
  const texts = fc.sample(text, 5_000)
  const readable = texts.filter(each => parseTimestamp(each) !== null).length
  expect(readable).toBeGreaterThan(100)
  expect(await computed(texts)).toEqual(texts.map(expected))
})

test('and for every kind of value that Neo4j can hold', async () => {
  const values = [
    "datetime('2020-06-01T12:00:00.123456789[Europe/Paris]')",
    "datetime({year: 5, month: 2, day: 28, timezone: 'America/New_York'})",
    "datetime('2020-01-01T00:00Z')",
    "localdatetime('-0210-03-01T04:05:06.7')",
    'localdatetime({year: 12345})',
    'date({year: 1, month: 1, day: 1})',
    'date({year: -999999999})',
    "time('12:00:00')",
    "duration('P1Y')",
    'point({x: 1, y: 2})',
    '[1, 2]',
    '{a: 1}',
    '1.5',
    '1577836800',
    'true',
    'null',
  ]
  const cypher = `UNWIND [${values}] AS v RETURN toStringOrNull(v) AS text, ${atOf('v')} AS at`
  const rows = await neo4j.read(cypher, {})
  expect(rows).toHaveLength(values.length)
  for (const row of rows) expect(row['at']).toBe(parseTimestamp(toText(row['text']) ?? '') ?? oldest)
  expect(rows.filter(row => row['at'] !== oldest)).toHaveLength(6)
})

test('Neo4j sorts ids, which are properties of nodes, in the order of compareText', async () => {
  const ids = [
    ...fc.sample(fc.string({ unit: 'binary' }), 500),
    ...['\u{1F600}', '\uFFFD', '\uE000', 'é', 'e\u0301'],
  ]
  const label = `Sorted_${randomUUID().replaceAll('-', '')}`
  onTestFinished(async () => {
    await neo4j.alter(`MATCH (n:${label}) DELETE n`)
  })
  await neo4j.write(query => query(`UNWIND $ids AS id CREATE (:${label} {id: id})`, { ids }))
  const rows = await neo4j.read(`MATCH (n:${label}) RETURN toStringOrNull(n.id) AS id ORDER BY id`, {})
  expect(rows.map(row => row['id'])).toEqual(ids.toSorted(compareText))
})
