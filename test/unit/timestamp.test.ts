import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareEvents, compareText, farthestYear, parseTimestamp } from '../../model/timestamp.ts'

const pad = (n: number, width: number) => String(n).padStart(width, '0')
/** The year as ISO text: four digits, or a sign and four to six. */
const yearText = (year: number) =>
  year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 4)}`

/** The time of these parts by `Date`, which would read the years 0 to 99 as 19xx. */
function byDate(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): bigint {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return BigInt(date.getTime()) * 1000n
}

const parts = (minYear: number, maxYear: number) =>
  fc.record({
    year: fc.integer({ min: minYear, max: maxYear }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.integer({ min: 0, max: 59 }),
  })

describe('parseTimestamp', () => {
  test.each([
    ['1 to 9999', 1, 9999],
    ['1 to 99', 1, 99],
    ['before Christ', -9999, 0],
    ['of five and six digits', -271_000, 275_000],
  ])('agrees with Date in the years %s', (_, min, max) => {
    fc.assert(
      fc.property(parts(min, max), p => {
        const date = `${yearText(p.year)}-${pad(p.month, 2)}-${pad(p.day, 2)}`
        const time = `${pad(p.hour, 2)}:${pad(p.minute, 2)}:${pad(p.second, 2)}`
        expect(parseTimestamp(date)).toBe(byDate(p.year, p.month, p.day))
        expect(parseTimestamp(`${date}T${time}`)).toBe(
          byDate(p.year, p.month, p.day, p.hour, p.minute, p.second),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('an offset is subtracted, a fraction added, digits beyond the microsecond cut', () => {
    fc.assert(
      fc.property(
        parts(1, 9999),
        fc.integer({ min: -18 * 60, max: 18 * 60 }),
        fc.stringMatching(/^[0-9]{1,9}$/),
        (p, offset, fraction) => {
          const local = `${yearText(p.year)}-${pad(p.month, 2)}-${pad(p.day, 2)}T${pad(p.hour, 2)}:${pad(p.minute, 2)}:${pad(p.second, 2)}`
          const size = Math.abs(offset)
          const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 60), 2)}:${pad(size % 60, 2)}`
          expect(parseTimestamp(`${local}.${fraction}${zone}`)).toBe(
            byDate(p.year, p.month, p.day, p.hour, p.minute, p.second) -
              BigInt(offset) * 60_000_000n +
              BigInt(fraction.padEnd(9, '0').slice(0, 6)),
          )
        },
      ),
    )
  })

  test.each([
    ['2020-02-29T12:00:00.123456789+01:00[Europe/Paris]', '2020-02-29T11:00:00.123456Z'],
    ['2020-01-01 10:20', '2020-01-01T10:20:00'],
    ['2020-01-01T10:20:30,5Z', '2020-01-01T10:20:30.500'],
    ['2020-01-01T10:20:30+0130', '2020-01-01T08:50:30'],
    ['2020-01-01T10:20:30-02', '2020-01-01T12:20:30'],
    ['2020-01-01T10:20:30+00:00:30', '2020-01-01T10:20:00'],
    ['2020-01-01T10:20:30Z[Etc/GMT+5]', '2020-01-01T10:20:30'],
    ['+0005-01-01', '0005-01-01'],
  ])('%s is %s', (text, same) => {
    expect(parseTimestamp(text)).not.toBeNull()
    expect(parseTimestamp(text)).toBe(parseTimestamp(same))
  })

  test.each([
    '',
    'yesterday',
    '2021-02-29',
    '1900-02-29',
    '2020-04-31',
    '2020-13-01',
    '2020-00-10',
    '2020-01-01T24:00',
    '2020-01-01T10:60',
    '2020-01-01T10:20:60',
    '2020-01-01T10:20:30.',
    '2020-01-01T10:20:30.1234567890',
    '2020-01-01T10',
    '2020-01-01Z',
    '2020-01-01T10:20[Europe/Paris]',
    '12345-01-01',
    '-210-01-01',
    '20-01-01',
    ' 2020-01-01',
    '2020-01-01\n',
    '٢٠٢٠-01-01',
    '1577836800',
    `+${farthestYear + 1}-01-01`,
  ])('%j is not a timestamp', text => {
    expect(parseTimestamp(text)).toBeNull()
  })

  test('invalid text is null, never an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(parseTimestamp(`x${text}`)).toBeNull()
      }),
    )
  })

  test('its results fit 64 bits', () => {
    for (const text of [
      `+${farthestYear}-12-31T23:59:59.999999-18:00`,
      `-${farthestYear}-01-01T00:00+18:00`,
    ]) {
      const at = parseTimestamp(text)
      expect(at).not.toBeNull()
      expect(BigInt.asIntN(64, at ?? 0n)).toBe(at)
    }
  })
})

describe('the order of a timeline', () => {
  test('newest first, ties by event_id descending, invalid timestamps last', () => {
    const events = [
      { timestamp: '-0210-01-01', event_id: 'a' },
      { timestamp: 'once upon a time', event_id: 'z' },
      { timestamp: '0090-01-01', event_id: 'b' },
      { timestamp: '2020-01-01T00:00:00+01:00', event_id: 'c' },
      { timestamp: '2020-01-01T00:00:00', event_id: 'd' },
      { timestamp: '2019-12-31T23:00:00Z', event_id: 'e' },
    ]
    expect(
      events
        .toSorted(compareEvents)
        .map(e => e.event_id)
        .join(''),
    ).toBe('decbaz')
  })

  test('numbers come after dates in the order of their values, and invalid timestamps last', () => {
    const timestamps = ['9', 'junk', '10', '2030-01-01', '1.7E9', '-3']
    const events = timestamps.map(timestamp => ({ timestamp, event_id: 'same' }))
    const sorted = events.toSorted(compareEvents).map(({ timestamp }) => timestamp)
    expect(sorted).toEqual(['2030-01-01', '1.7E9', '10', '9', '-3', 'junk'])
  })

  test('text compares by code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(Math.sign(compareText(a, b))).toBe(bytes)
      }),
    )
    expect(compareText('\u{1F600}', '\uFFFD')).toBeGreaterThan(0)
    expect('\u{1F600}' < '\uFFFD').toBe(true)
  })
})
