import { expect, test } from 'vitest'
import { benchmarkNamed, benchmarks } from '../../bench/benchmarks.ts'
import { createReport, reaches } from '../../bench/report.ts'
import { interleaved, median, ratios, spread } from '../../bench/rounds.ts'

test('the median of an even count is the middle between two values', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([9, 1, 5])).toBe(5)
})

test('the spread is the interquartile range over the median', () => {
  expect(spread([1, 2, 3, 4, 5])).toBeCloseTo((4 - 2) / 3)
  expect(spread([7, 7, 7])).toBe(0)
  expect(spread([0])).toBe(0)
})

test('quotients are computed within a round, so that a slow round is slow for both', () => {
  expect(ratios([10, 100], [5, 50])).toEqual([2, 2])
})

test('each round begins with another contender, and the first round does not count', async () => {
  const ran: string[] = []
  const contender = (name: string) => async () => ran.push(name)
  const measured = await interleaved({
    contenders: { a: contender('a'), b: contender('b'), c: contender('c') },
    rounds: 3,
  })
  expect(ran.join('')).toBe('abcbcacababc')
  expect(measured).toEqual({ a: [6, 8, 10], b: [4, 9, 11], c: [5, 7, 12] })
})

function report(json: boolean): string[] {
  const lines: string[] = []
  const machine = { cpu: 'slow', cores: 1, memoryGb: 1, system: 'Linux', load: 0 }
  const told = createReport({
    bench: 'b',
    json,
    print: line => lines.push(line),
    machine,
    versions: { node: '1' },
  })
  told.setting({ entities: 3 })
  told.measured({ what: 'loads', unit: 'ms', rounds: [1, 2, 3] })
  told.target({ figure: 'x/y', rounds: [1, 2, 3], goal: '<= 1.1' })
  told.end()
  return lines
}

test('JSON has one object a line, and a target has the five fields that are asked for', () => {
  const lines = report(true).map(line => JSON.parse(line))
  expect(lines).toEqual([
    {
      bench: 'b',
      machine: { cpu: 'slow', cores: 1, memoryGb: 1, system: 'Linux', load: 0 },
      versions: { node: '1' },
      spread: 'interquartile range / median',
    },
    { bench: 'b', setting: { entities: 3 } },
    { bench: 'b', what: 'loads', unit: 'ms', median: 2, spread: 0.5, rounds: [1, 2, 3] },
    { bench: 'b', figure: 'x/y', value: 2, goal: '<= 1.1', spread: 0.5 },
  ])
})

test('for people, a missed target is marked', () => {
  const text = report(false).join('\n')
  expect(text).toMatch(/x\/y .* 2 .* <= 1\.1 .* 50\.0 % .* no /)
  expect(text).toContain('cpu slow')
})

test.each([
  [1.1, '<= 1.1', true],
  [1.11, '<= 1.1', false],
  [5, '>= 5', true],
  [1, '< 1', false],
  [1, '> 0.5', true],
  [0, '= 0', true],
] as const)('%d reaches %s: %s', (value, goal, reached) => {
  expect(reaches(value, goal)).toBe(reached)
})

test('an unknown benchmark is refused with the most similar name', () => {
  expect(() => benchmarkNamed('wram')).toThrow('did you mean warm?')
  expect(() => benchmarkNamed('constructor')).toThrow('there is no benchmark constructor')
})

test.each(Object.keys(benchmarks))('the benchmark %s exists', async name => {
  expect(await benchmarkNamed(name).load()).toBeTypeOf('function')
})

test('slices alternate within a round, whose figure is their mean', async () => {
  const ran: string[] = []
  const contender = (name: string) => async () => ran.push(name)
  const contenders = { a: contender('a'), b: contender('b') }
  const measured = await interleaved({ contenders, rounds: 1, slices: 2 })
  expect(ran.join('')).toBe('abbabaab')
  expect(measured).toEqual({ a: [(6 + 7) / 2], b: [(5 + 8) / 2] })
})
