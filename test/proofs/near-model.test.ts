import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectCache } from '../../cache/connect.ts'
import type { CacheRedis } from '../../cache/scripts.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import * as broken from '../support/broken-near.ts'
import { play, type Run } from '../support/near-model/play.ts'
import { type MakeNear, shipped } from '../support/near-model/processes.ts'
import { type Deed, deeds } from '../support/near-model/steps.ts'

/**
 * The model of protocol-model.test.ts with a near cache: what the tracked connection brings, answers, invalidations and its
 * end, arrives when fast-check lets it, in Redis' order. A Redis of its own, because it is flushed.
 */
let server: StartedRedis
let redis: CacheRedis
beforeAll(async () => {
  server = await startRedis({ isolated: true, purpose: 'cache' })
  redis = connectCache(server.url, () => {})
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterAll(async () => {
  vi.useRealTimers()
  redis.disconnect()
  await server.stop()
})

const roomForOne = 800
const roomForAll = 64_000_000

const runOf = (some: readonly Deed[]): fc.Arbitrary<Run> =>
  fc.record({
    threads: fc.array(
      fc.array(fc.record({ deed: fc.constantFrom(...some), id: fc.constantFrom('a', 'a', 'b') }), {
        minLength: 1,
        maxLength: 5,
      }),
      { minLength: 2, maxLength: 3 },
    ),
    // 'max': else fast-check makes arrays of at most ten, and what comes after is first come, first served
    order: fc.array(fc.nat(), { maxLength: 150, size: 'max' }),
    maxBytes: fc.constantFrom(roomForAll, roomForOne),
    beginsNear: fc.boolean(),
  })

const reads = ['read', 'read', 'read', 'read-both', 'read-bounded', 'read-bounded'] as const
let nearHits = 0
const property = (makeNear: MakeNear, some: readonly Deed[] = [...reads, ...deeds]) =>
  fc.asyncProperty(runOf(some), async run => {
    const played = await play(redis, run, makeNear)
    nearHits += played.nearHits
    expect(played.wrong).toEqual([])
  })

test('no order of reads, changes, lost connections, flushes and expiries returns a stale value', async () => {
  nearHits = 0
  await fc.assert(property(shipped), { numRuns: 500 })
  expect(nearHits).toBeGreaterThan(100)
})

test.each<[string, MakeNear, readonly Deed[]]>([
  ['a read waits for no fence', broken.withoutFence, [...reads, 'change-elsewhere']],
  [
    'a read joins a fence that was sent before it began',
    broken.fenceJoinedLate,
    [...reads, 'change-elsewhere'],
  ],
  [
    'the age of a bounded read counts from the answer of the fence',
    broken.agedFromAnswer,
    ['read-bounded', 'change-elsewhere', 'idle'],
  ],
  ['an answer is kept without its placeholder', broken.withoutPlaceholder, [...reads, 'change-elsewhere']],
  ['a value is not looked at again after the fence', broken.notLookedAtAgain, [...reads, 'change-elsewhere']],
  [
    'values of a lost connection are kept',
    broken.valuesOfLostConnection,
    ['read', 'change-elsewhere', 'kill'],
  ],
  [
    'answers of a lost connection are kept',
    broken.answersOfLostConnection,
    ['read', 'change-elsewhere', 'kill'],
  ],
  ['a flush empties nothing', broken.unflushed, ['read', 'change-elsewhere', 'flush']],
  [
    'near values are served while Redis is not trusted',
    broken.servedUntrusted,
    [...reads, 'change-in-outage'],
  ],
  ['near values are served though quarantined', broken.servedQuarantined, [...reads, 'change-quarantined']],
  [
    'invalidations come late and no self-test sees it',
    broken.signalledLateUntested,
    [...reads, 'change-elsewhere'],
  ],
  ['a value outlives its entry in Redis', broken.outlivingRedis, [...reads, 'change-expired']],
])('the model notices when %s', async (_rule, makeNear, some) => {
  const { failed } = await fc.check(property(makeNear, some), { numRuns: 3_000, endOnFailure: true })
  expect(failed).toBe(true)
})

test('a connection whose invalidations come after the answer of a fence fails the self-test', async () => {
  const reading = { deed: 'read', id: 'a' } as const
  const changing = { deed: 'change-elsewhere', id: 'a' } as const
  const run = { order: [], maxBytes: roomForAll, beginsNear: true }
  const threads = [[reading, changing, reading]]
  expect(await play(redis, { ...run, threads }, broken.signalledLate)).toEqual({
    wrong: [],
    nearHits: 0,
    state: 'off',
  })
  expect(await play(redis, { ...run, threads }, shipped)).toEqual({ wrong: [], nearHits: 1, state: 'armed' })
})
