import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectCache } from '../../cache/connect.ts'
import type { CacheRedis } from '../../cache/scripts.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import * as broken from '../support/broken-near.ts'
import { play } from '../support/near-model/play.ts'
import { type MakeNear, shipped } from '../support/near-model/processes.ts'
import { type Deed, deeds, type Step } from '../support/near-model/steps.ts'

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

/** Two or three, each of some of these deeds. */
const threadsOf = (...some: readonly Deed[]): fc.Arbitrary<Step[][]> => {
  const step = fc.record({ deed: fc.constantFrom(...some), id: fc.constantFrom('a', 'a', 'b') })
  return fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 3 })
}

const reads = ['read', 'read', 'read', 'read-both', 'read-bounded', 'read-bounded'] as const
let nearHits = 0
const property = (makeNear: MakeNear, threads: fc.Arbitrary<Step[][]>) =>
  fc.asyncProperty(
    threads,
    // 'max': else fast-check makes arrays of at most ten, and what comes after is first come, first served
    fc.array(fc.nat(), { maxLength: 150, size: 'max' }),
    fc.constantFrom(roomForAll, roomForOne),
    fc.boolean(),
    async (threads, order, maxBytes, beginsNear) => {
      const played = await play(redis, { threads, order, maxBytes, beginsNear }, makeNear)
      nearHits += played.nearHits
      expect(played.wrong).toEqual([])
    },
  )

test('no order of reads, changes, lost connections, flushes and expiries returns a stale value', async () => {
  nearHits = 0
  await fc.assert(property(shipped, threadsOf(...reads, ...deeds)), { numRuns: 500 })
  expect(nearHits).toBeGreaterThan(100)
})

const stepOfA = (deed: Deed): Step => ({ deed, id: 'a' })
/** The order alone is left to chance: all of this by chance would take minutes. */
const readWhileLost = [[stepOfA('read')], [stepOfA('kill'), stepOfA('change-elsewhere'), stepOfA('read')]]
const readBounded = [
  [stepOfA('read-bounded'), stepOfA('read-bounded')],
  [stepOfA('change-elsewhere'), stepOfA('read-bounded')],
]

test.each<[string, MakeNear, fc.Arbitrary<Step[][]>]>([
  ['a read waits for no fence', broken.withoutFence, threadsOf(...reads, 'change-elsewhere')],
  [
    'a read joins a fence that was sent before it began',
    broken.fenceJoinedLate,
    threadsOf(...reads, 'change-elsewhere'),
  ],
  [
    'the age of a bounded read counts from the answer of the fence',
    broken.agedFromAnswer,
    fc.constant(readBounded),
  ],
  [
    'an answer is kept without its placeholder',
    broken.withoutPlaceholder,
    threadsOf(...reads, 'change-elsewhere'),
  ],
  [
    'a value is not looked at again after the fence',
    broken.notLookedAtAgain,
    threadsOf(...reads, 'change-elsewhere'),
  ],
  [
    'values of a lost connection are kept',
    broken.valuesOfLostConnection,
    threadsOf('read', 'change-elsewhere', 'kill'),
  ],
  ['answers of a lost connection are kept', broken.answersOfLostConnection, fc.constant(readWhileLost)],
  ['a flush empties nothing', broken.unflushed, threadsOf('read', 'change-elsewhere', 'flush')],
  [
    'near values are served while Redis is not trusted',
    broken.servedUntrusted,
    threadsOf(...reads, 'change-in-outage'),
  ],
  [
    'near values are served though quarantined',
    broken.servedQuarantined,
    threadsOf(...reads, 'change-quarantined'),
  ],
  [
    'invalidations come late and no self-test sees it',
    broken.signalledLateUntested,
    threadsOf(...reads, 'change-elsewhere'),
  ],
  ['a value outlives its entry in Redis', broken.outlivingRedis, threadsOf(...reads, 'change-expired')],
])('the model notices when %s', async (_rule, makeNear, threads) => {
  const { failed } = await fc.check(property(makeNear, threads), { numRuns: 3_000, endOnFailure: true })
  expect(failed).toBe(true)
})

test('a connection whose invalidations come after the answer of a fence fails the self-test', async () => {
  const run = { order: [], maxBytes: roomForAll, beginsNear: true }
  const threads = [[stepOfA('read'), stepOfA('change-elsewhere'), stepOfA('read')]]
  expect(await play(redis, { ...run, threads }, broken.signalledLate)).toEqual({
    wrong: [],
    nearHits: 0,
    state: 'off',
  })
  expect(await play(redis, { ...run, threads }, shipped)).toEqual({ wrong: [], nearHits: 1, state: 'armed' })
})
