import { range } from 'es-toolkit'
import { expect, onTestFinished, test } from 'vitest'
import { createFleetReader } from '../../queues/fleet-counts.ts'
import { createHistory, type HistoryRange, historyRanges } from '../../queues/history/history.ts'
import { createRecorder } from '../../queues/history/recorder.ts'
import type { Gauges, Sample } from '../../queues/history/sample.ts'
import { createServerWatch } from '../../queues/history/server-watch.ts'
import { minuteOf } from '../support/samples.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, openStoreAt, plantWorld } from '../support/setup.ts'

const setup = () => {
  const store = openStoreAt({ address: redisUrl(), prefix: fresh('q') })
  return { store, history: createHistory(store) }
}
type Setup = ReturnType<typeof setup>

/** A minute at which steps of half an hour begin, and the clock in it. */
const someMinute = 30 * 900_000
const at = (minute: number) => minute * 60_000

/** Two hours at a time, as a scheduler that was away would. */
async function keepAll({ history }: Setup, minutes: readonly number[], sampleOf: (minute: number) => Sample) {
  for (let from = 0; from < minutes.length; from += 120) {
    await history.keep(
      new Map(minutes.slice(from, from + 120).map(minute => [minute, sampleOf(minute)] as const)),
    )
  }
}

test('a week of minutes is kept in steps of a minute, five and thirty, within 2 MB', async () => {
  const opened = setup()
  const { history, store } = opened
  const long = (i: number) => ({ version: `${i}`.padEnd(64, 'x'), config: '#12345678', since: 1e12 + i })
  const worst = (minute: number) =>
    minuteOf({
      builds: range(6).map(long),
      away: range(8).map(i => ({
        server: 'source' as const,
        from: at(minute) + i * 10,
        until: at(minute) + i * 10 + 5,
      })),
      queues: Object.fromEntries(
        ['warm', 'refresh', 'invalidate', 'flush', 'audit', 'another'].map(name => [
          name,
          { waiting: 123_456_789, failed: 123_456_789 },
        ]),
      ),
    })
  expect(JSON.stringify(worst(someMinute)).length).toBeGreaterThan(1_500)
  const week = range(someMinute, someMinute + 7 * 24 * 60)
  await keepAll(opened, week, worst)
  const now = at(someMinute + 7 * 24 * 60) - 1

  for (const [name, minutes] of Object.entries({ '1h': 1, '24h': 5, '7d': 30 })) {
    const steps = await history.read(name as HistoryRange, now)
    expect(steps.length, name).toBe(historyRanges[name as HistoryRange].steps + (name === '7d' ? 0 : 1))
    for (const step of steps) expect(step, name).toMatchObject({ minutes, hits: 60 * minutes })
    expect(steps.at(-1)?.at).toBe(at(someMinute + 7 * 24 * 60 - minutes))
  }
  const keys = ['1m', '5m', '30m'].map(name => `${store.prefix}:history:${name}`)
  const bytes = await Promise.all(keys.map(key => store.redis.memory('USAGE', key, 'SAMPLES', 0)))
  expect(bytes.reduce((sum: number, one) => sum + Number(one), 0)).toBeLessThan(2_000_000)
  expect(await Promise.all(keys.map(key => store.redis.hlen(key)))).toEqual([121, 289, 336])
  for (const key of keys) expect(await store.redis.ttl(key)).toBeGreaterThan(7 * 24 * 3_600)
})

test('minutes in which no process recorded are a gap, and one minute between two gaps is there alone', async () => {
  const opened = setup()
  const alone = someMinute + 40
  await keepAll(opened, [...range(someMinute, someMinute + 10), alone], () => minuteOf())
  const now = at(someMinute + 50)
  const minutes = (await opened.history.read('1h', now)).map(step => step.at / 60_000 - someMinute)
  expect(minutes).toEqual([...range(10), 40])
  const fives = await opened.history.read('24h', now)
  expect(fives.map(step => [step.at / 60_000 - someMinute, step.minutes])).toEqual([
    [0, 5],
    [5, 5],
    [40, 1],
  ])
})

test('the first that writes a minute is believed, and no earlier one takes the place of a later one', async () => {
  const opened = setup()
  const { history } = opened
  await keepAll(opened, [someMinute], () => minuteOf({ hits: 1 }))
  await keepAll(opened, [someMinute], () => minuteOf({ hits: 2 }))
  const read = async (now: number) => (await history.read('1h', now)).map(({ hits }) => hits)
  expect(await read(at(someMinute))).toEqual([1])
  await keepAll(opened, [someMinute + 121], () => minuteOf({ hits: 3 })) // its place
  await keepAll(opened, [someMinute], () => minuteOf({ hits: 4 }))
  expect(await read(at(someMinute + 121))).toEqual([3])
})

/** A scheduler that records when it is asked to. */
function recorderOf({ store, history }: Setup, gauges: Partial<Gauges> = {}) {
  const recorder = createRecorder({
    history,
    counts: createFleetReader(store),
    watch: { awayIn: () => [], sourceMsIn: () => null },
    look: async () => ({ outbox: null, queues: null, warm: null, builds: null, ...gauges }),
    leads: () => false,
    onError: () => {},
  })
  onTestFinished(() => recorder.close())
  return recorder
}

const countsAt = ({ store }: Setup, minute: number) =>
  store.redis.hset(`${store.prefix}:reads:${minute}`, {
    'hit:kind:timeline': 5,
    near: 2,
    loads: 3,
    'load-ms': 60,
  })

test('two schedulers that record the same minute count nothing twice', async () => {
  const opened = setup()
  await countsAt(opened, someMinute)
  const now = at(someMinute + 1) + 6_000
  const schedulers = [1, 2].map(pending => recorderOf(opened, { outbox: { pending, oldestMs: 0 } }))
  await Promise.all(schedulers.map(recorder => recorder.record(now)))
  const [step, ...others] = await opened.history.read('24h', now)
  expect(step).toMatchObject({ minutes: 1, hits: 5, near: 2, misses: 0, loads: 3, loadMs: 60 })
  expect(others).toEqual([])
})

test('what the fleet counted while no scheduler acted is made up for; what had to be looked at stays unknown', async () => {
  const opened = setup()
  for (const minute of [0, 7, 9]) await countsAt(opened, someMinute + minute)
  await recorderOf(opened, { outbox: { pending: 1, oldestMs: 5 } }).record(at(someMinute + 1) + 6_000)
  await recorderOf(opened, { outbox: { pending: 2, oldestMs: 5 } }).record(at(someMinute + 10) + 6_000)
  const steps = await opened.history.read('1h', at(someMinute + 10))
  expect(steps.map(step => [step.at / 60_000 - someMinute, step.hits, step.outbox?.pending ?? null])).toEqual(
    [
      [0, 5, 1],
      [7, 5, null],
      [9, 5, 2],
    ],
  )
  expect(await opened.history.read('24h', at(someMinute + 10))).toMatchObject([
    { hits: 5, outbox: { pending: 1 } },
    { hits: 10, outbox: { pending: 2 } },
  ])
})

test('a minute that is not over is not recorded, nor one whose last counts may be on their way', async () => {
  const opened = setup()
  await countsAt(opened, someMinute)
  const recorder = recorderOf(opened)
  await recorder.record(at(someMinute + 1) + 4_000)
  expect((await opened.history.read('1h', at(someMinute + 1))).map(step => step.at)).not.toContain(
    at(someMinute),
  )
  await recorder.record(at(someMinute + 1) + 5_000)
  expect(await opened.history.read('1h', at(someMinute + 1))).toContainEqual(
    expect.objectContaining({ at: at(someMinute), hits: 5 }),
  )
})

test('an outage is from its first failed look to the first answer; one failed look alone is none', async () => {
  let isAway = false
  const never = () => new Promise<void>(() => {})
  const fine = async () => {}
  const watch = createServerWatch({
    probes: { cache: () => (isAway ? never() : fine()), queue: fine, source: fine },
    everyMs: 60_000,
    limitMs: 20,
  })
  onTestFinished(watch.stop)
  const outages = () => {
    const minute = Math.floor(Date.now() / 60_000)
    return [...watch.awayIn(minute - 1), ...watch.awayIn(minute)]
  }
  await watch.look()
  isAway = true
  await watch.look()
  isAway = false
  await watch.look()
  expect(outages()).toEqual([])
  isAway = true
  const begunAt = Date.now()
  for (let i = 0; i < 3; i++) await watch.look()
  isAway = false
  await watch.look()
  const [first] = outages()
  expect(first).toMatchObject({ server: 'cache' })
  expect(first?.from).toBeGreaterThanOrEqual(begunAt)
  expect((outages().at(-1)?.until ?? 0) - (first?.from ?? 0)).toBeGreaterThanOrEqual(55)
  expect(watch.sourceMsIn(Math.floor(begunAt / 60_000))).toBeGreaterThanOrEqual(0)
})

test('each process adds its loads from the source, and how long they took', async () => {
  const { hearth, world, place } = openHearth()
  const worldId = fresh()
  await plantWorld(world, worldId)
  const held = world.holdNextLoad()
  const reading = hearth.timeline(worldId, 'c1')
  await held.started
  held.release()
  await reading
  const reader = createFleetReader(openStoreAt(place))
  const loads = async () => (await reader.minutes(2)).filter(minute => minute.loads > 0)
  await expect.poll(loads).toEqual([expect.objectContaining({ loads: 1, loadMs: expect.any(Number) })])
  const fields = await openStoreAt(place).redis.hgetall(`${place.prefix}:reads:${(await loads())[0]?.minute}`)
  expect(fields).toMatchObject({ loads: '1', 'load-ms': expect.stringMatching(/^\d+$/) })
})
