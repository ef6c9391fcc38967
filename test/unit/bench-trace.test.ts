import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { fileFor } from '../../bench/benchmarks.ts'
import { figuresOf } from '../../bench/trace/figures.ts'
import { byRank, readRecording } from '../../bench/trace/recording.ts'
import { type Outcome, outcome, replay } from '../../bench/trace/replay.ts'

async function fileOf(content: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-trace-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'trace')
  await writeFile(file, content)
  return file
}

test('keys are ranked by how often they are read, equal ones by their first read', () => {
  expect(byRank([70, 9, 9, 5, 70, 9, 4])).toEqual({ reads: [1, 0, 0, 2, 1, 0, 3], keys: 4 })
})

test('a trace may be gzipped, and may be limited to its first reads', async () => {
  const text = '8\n3\n3\n8\n8\n'
  expect(await readRecording(await fileOf(text))).toEqual({ reads: [0, 1, 1, 0, 0], keys: 2 })
  expect(await readRecording(await fileOf(gzipSync(text)))).toEqual({ reads: [0, 1, 1, 0, 0], keys: 2 })
  expect(await readRecording(await fileOf(text), 3)).toEqual({ reads: [1, 0, 0], keys: 2 })
})

test('a file that is not a trace is refused, with the line', async () => {
  await expect(readRecording(await fileOf('1\n2\nthree\n'))).rejects.toThrow(
    'line 3: expected a whole number',
  )
  await expect(readRecording(await fileOf('1\n\n2\n'))).rejects.toThrow('line 2: expected a whole number')
  await expect(readRecording(await fileOf(''))).rejects.toThrow('line 1: expected a whole number')
  await expect(readRecording('/nowhere/at-all')).rejects.toThrow('/nowhere/at-all cannot be read')
})

test('a benchmark that needs a file refuses to run without one, and others refuse a file', () => {
  expect(() => fileFor('trace', undefined)).toThrow('trace needs a file: a trace')
  expect(() => fileFor('read', 'some.txt')).toThrow('read takes no file, and was given some.txt')
  expect(fileFor('trace', 'some.txt')).toBe('some.txt')
  expect(fileFor('read', undefined)).toBe('')
})

test('figures count reads after the warm-up, except the tenths, which cover the whole trace', () => {
  /** The ten with the lowest rank are last and hit; the eleventh misses. */
  const hit = (index: number) => index >= 500 && index !== 989
  const read = (index: number): Outcome => ({ rank: 999 - index, hit: hit(index), failed: false, ms: index })
  const outcomes = Array.from({ length: 1_000 }, (_, index) => read(index))
  const figures = figuresOf({ outcomes, loads: 90 }, { keys: 1_000, from: 400 })
  expect(figures.hitRate).toBeCloseTo(499 / 600)
  expect(figures.hitRateTop).toBe(1)
  expect(figures.p50Ms).toBeCloseTo(699.5)
  expect(figures.p99Ms).toBeCloseTo(400 + 0.99 * 599)
  expect(figures.p99TopMs).toBeCloseTo(990 + 0.99 * 9)
  expect(figures.p50MissMs).toBeCloseTo(450)
  expect(figures.loadsPer1000).toBeCloseTo(150)
  expect(figures.tenths).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 0.99])
})

test('reads begin on time while others hang, each reports its own hit, and loads count from the given read', async () => {
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  let begun = 0
  const found = await replay({
    reads: [0, 1, 2, 3],
    rate: 1_000,
    from: 2,
    loaded: () => begun * 10,
    async read(rank) {
      begun += 1
      if (rank === 3)
        release() // reached only if the second read did not wait for the first one
      else await held
      const told = outcome.getStore()
      if (told && rank % 2 === 1) told.hit = true
    },
  })
  expect(found.outcomes.map(({ rank, hit }) => [rank, hit])).toEqual([
    [0, false],
    [1, true],
    [2, false],
    [3, true],
  ])
  expect(found.loads).toBe(20)
})

test('a failed read counts as failed, and if all fail that is an error', async () => {
  const one = await replay({
    reads: [0, 1],
    rate: 1_000,
    read: async rank => {
      if (rank === 0) throw new Error('busy')
    },
  })
  expect(one.outcomes.map(({ failed }) => failed)).toEqual([true, false])
  const failing = replay({
    reads: [0, 1, 2],
    rate: 100,
    read: () => Promise.reject(new Error('no such key')),
  })
  await expect(failing).rejects.toThrow('no such key')
})
