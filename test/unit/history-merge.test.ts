import { expect, test } from 'vitest'
import type { Step } from '../../queues/history/history.ts'
import { marksOf } from '../../queues/history/marks.ts'
import { mergeSamples } from '../../queues/history/merge.ts'
import { maxSampleBytes, sampleOf, textOfSample } from '../../queues/history/sample.ts'
import { minuteOf } from '../support/samples.ts'

const unknown = { sourceMs: null, outbox: null, queues: null, warm: null, builds: null }

test('several minutes as one: counts are added, and of what is slow or waits the worst minute stands', () => {
  const bad = minuteOf({
    hits: 0,
    loads: 1,
    loadMs: 900,
    sourceMs: 450,
    outbox: { pending: 7, oldestMs: 9_000 },
    queues: { warm: { waiting: 1, failed: 4 }, flush: { waiting: 2, failed: 0 } },
    warm: { present: 10, expected: 100 },
  })
  expect(mergeSamples([minuteOf(), bad, minuteOf()])).toEqual({
    minutes: 3,
    hits: 120,
    near: 60,
    misses: 18,
    loads: 7,
    loadMs: 960,
    sourceMs: 450,
    outbox: { pending: 7, oldestMs: 9_000 },
    queues: { warm: { waiting: 1, failed: 4 }, flush: { waiting: 2, failed: 0 } },
    warm: { present: 190, expected: 300 },
    builds: [{ version: '1.0.0', config: '#1', since: 1 }],
    away: [],
  })
})

test('merging in two steps comes to the same as in one', () => {
  const minutes = Array.from({ length: 30 }, (_, i) =>
    minuteOf({ hits: i, sourceMs: i % 7, outbox: i % 4 === 0 ? null : { pending: i, oldestMs: i * 10 } }),
  )
  const fives = Array.from({ length: 6 }, (_, i) => mergeSamples(minutes.slice(i * 5, i * 5 + 5)))
  expect(mergeSamples(fives)).toEqual(mergeSamples(minutes))
})

test('what no minute knows is not known, and what one knows is', () => {
  expect(mergeSamples([minuteOf(unknown), minuteOf(unknown)])).toMatchObject(unknown)
  expect(mergeSamples([minuteOf(unknown), minuteOf({ sourceMs: 3 })])).toMatchObject({ sourceMs: 3 })
})

test('an outage over the edge of minutes is one outage, and one of another server another', () => {
  const merged = mergeSamples([
    minuteOf({ away: [{ server: 'cache', from: 30, until: 60 }] }),
    minuteOf({
      away: [
        { server: 'cache', from: 60, until: 90 },
        { server: 'source', from: 70, until: 75 },
        { server: 'cache', from: 95, until: 99 },
      ],
    }),
  ])
  expect(merged.away).toEqual([
    { server: 'cache', from: 30, until: 90 },
    { server: 'source', from: 70, until: 75 },
    { server: 'cache', from: 95, until: 99 },
  ])
})

test('a sample has a bound: of many builds the newest stay, of many outages the longest, and a text that is too long loses its details', () => {
  const merged = mergeSamples(
    Array.from({ length: 20 }, (_, i) =>
      minuteOf({
        builds: [{ version: `1.${i}.0`, config: '#1', since: i }],
        away: [{ server: 'cache', from: i * 100, until: i * 100 + i + 1 }],
      }),
    ),
  )
  expect(merged.builds?.map(({ since }) => since)).toEqual([14, 15, 16, 17, 18, 19])
  expect(merged.away.map(({ from }) => from / 100)).toEqual([12, 13, 14, 15, 16, 17, 18, 19])
  const queues = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`queue-${i}`, { waiting: 1, failed: 1 }]),
  )
  const text = textOfSample(minuteOf({ queues }))
  expect(text.length).toBeLessThan(maxSampleBytes)
  expect(sampleOf(text)).toMatchObject({ hits: 60, queues: null })
})

const stepAt = (at: number, given: Parameters<typeof minuteOf>[0] = {}): Step => ({ at, ...minuteOf(given) })
const build = (version: string, since: number) => ({ version, config: '#1', since })

test('a version that appears beside the last ones that are known is a deployment; the first ones are none', () => {
  const steps = [
    stepAt(0, { builds: [build('1.0.0', 0)] }),
    stepAt(60, unknown),
    stepAt(120, { builds: [build('1.0.0', 0), build('1.1.0', 130)] }),
    stepAt(180, { builds: [build('1.1.0', 130)] }),
  ]
  expect(marksOf(steps, [])).toEqual([{ type: 'deployment', at: 130, version: '1.1.0', config: '#1' }])
})

test('marks are in the order of time, within the steps, and the newest of too many', () => {
  const action = (at: number) => ({ at, who: 'ops', what: 'warm', on: 'w1', status: 202 })
  const steps = [stepAt(100, { away: [{ server: 'source', from: 110, until: 120 }] }), stepAt(160)]
  const marks = marksOf(steps, [action(170), action(105), action(99)])
  expect(marks.map(({ type }) => type)).toEqual(['action', 'outage', 'action'])
  expect(marksOf(steps, [action(170), action(105)], 1)).toMatchObject([{ at: 170 }])
})
