import { expect, onTestFinished, test, vi } from 'vitest'
import { createAdaptiveLimit } from '../../resilience/adaptive-limit.ts'
import { createLatenessByLeast, createLatenessByQuiet } from '../../resilience/lateness.ts'
import { createLoadLimiter } from '../../resilience/load-limiter.ts'
import type { LoadFor } from '../../resilience/load-turns.ts'
import { limited } from '../../world/around-loads.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { holdLoads } from '../support/held-world.ts'

const options = { most: 8, least: 1, lateShare: 0.1 }
const after = (limit: ReturnType<typeof createAdaptiveLimit>, isLate: boolean, times: number) => {
  for (let i = 0; i < times; i++) limit.answered(isLate)
  return limit.value
}

test('the limit grows to its maximum while answers are quick', () => {
  expect(after(createAdaptiveLimit(options), false, 100)).toBe(8)
})

test('it shrinks with each late answer, to far below one, and recovers slowly', () => {
  const limit = createAdaptiveLimit({ ...options, least: 0.05 })
  after(limit, false, 100)
  expect(after(limit, true, 1)).toBeCloseTo(8 * (2 / 3))
  expect(after(limit, true, 20)).toBe(0.05)
  expect(after(limit, false, 10)).toBeLessThan(0.08)
  expect(after(limit, false, 2_000)).toBe(8)
})

test.each([
  [0.1, 9],
  [0.02, 49],
])('with the tolerated share of late answers, %s, it neither grows nor shrinks much', (lateShare, inTime) => {
  const limit = createAdaptiveLimit({ ...options, most: 100, lateShare })
  after(limit, false, 10)
  after(limit, true, 1)
  const before = limit.value
  for (let i = 0; i < 20; i++) {
    after(limit, false, inTime)
    after(limit, true, 1)
  }
  expect(limit.value / before).toBeGreaterThan(0.6)
  expect(limit.value / before).toBeLessThan(1.4)
})

test('a source that has become slower for good is judged by its new latency', () => {
  const lateness = createLatenessByLeast()
  for (let i = 0; i < 100; i++) lateness.isLate(1)
  expect(lateness.isLate(20)).toBe(true)
  for (let i = 0; i < 1_000; i++) lateness.isLate(20)
  expect(lateness.isLate(20)).toBe(false)
})

test('beside loads an answer is late that takes more than the wanted times the usual one without', () => {
  const lateness = createLatenessByQuiet({ maxSlowdown: 1.5, lateShare: 0.05 })
  expect(lateness.isLate(1_000), 'not known').toBeUndefined()
  for (let ms = 1; ms <= 20; ms++) lateness.quiet(ms)
  expect(lateness.isLate(19 * 1.5)).toBe(false)
  expect(lateness.isLate(20 * 1.5)).toBe(true)
  for (let i = 0; i < 40; i++) lateness.quiet(2)
  expect(lateness.isLate(3.1), 'the last ten seconds count').toBe(true)
})

const settle = () => new Promise(resolve => setImmediate(resolve))

test('reads go before jobs, and jobs wait without a limit where reads are refused', async () => {
  const world = holdLoads(embeddedWorld())
  await world.saveSnapshot('w', {})
  const shed: number[] = []
  const gate = createLoadLimiter({
    most: 1,
    leastReads: 1,
    waitingReads: 1,
    onShed: reads => shed.push(reads),
  })
  const [reads, jobs] = [limited(world, gate, 'read'), limited(world, gate, 'job')]
  const ended: string[] = []
  const load = world.holdNextLoad()
  const all = [reads.flags('w').then(() => ended.push('first'))]
  await load.started
  all.push(jobs.snapshot('w').then(() => ended.push('job')))
  all.push(reads.snapshot('w').then(() => ended.push('read')))
  await expect(reads.flags('w')).rejects.toMatchObject({ code: 'Overloaded' })
  expect(shed).toEqual([1])
  load.release()
  await Promise.all(all)
  expect(ended).toEqual(['first', 'read', 'job'])
})

test('a read that gets no turn in time is refused', async () => {
  const world = holdLoads(embeddedWorld())
  const gate = createLoadLimiter({ most: 1, leastReads: 1, waitMs: 20 })
  const reads = limited(world, gate, 'read')
  const load = world.holdNextLoad()
  const first = reads.flags('w')
  await load.started
  await expect(reads.flags('w')).rejects.toMatchObject({ code: 'Overloaded' })
  load.release()
  await first
  await reads.flags('w')
})

test('below one there are pauses between the loads of jobs, and none between reads', async () => {
  const world = holdLoads(embeddedWorld())
  const gate = createLoadLimiter({ most: 0.5 })
  const [reads, jobs] = [limited(world, gate, 'read'), limited(world, gate, 'job')]
  const load = world.holdNextLoad()
  const first = jobs.flags('w')
  await load.started
  await new Promise(resolve => setTimeout(resolve, 100))
  load.release()
  await first
  const from = performance.now()
  await reads.flags('w')
  await settle()
  const read = performance.now() - from
  await jobs.flags('w')
  expect(performance.now() - from - read, 'as long as the load before took').toBeGreaterThan(60)
  gate.stop()
})

test('a pause that ends during a check wakes the loads that wait', async () => {
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => clock.mockRestore())
  const world = holdLoads(embeddedWorld())
  const jobs = limited(world, createLoadLimiter({ most: 0.5 }), 'job')
  const load = world.holdNextLoad()
  const first = jobs.flags('w')
  await load.started
  now = 10
  load.release()
  await first
  now = 20.1 // the pause is over at 20
  clock.mockReturnValueOnce(19.9).mockReturnValueOnce(19.9)
  await jobs.flags('w')
}, 10_000)

test('a job’s load is divided into parts, between which a read gets its turn', async () => {
  const world = holdLoads(embeddedWorld())
  await world.saveSnapshot('w', {})
  const gate = createLoadLimiter({ most: 1, leastReads: 1 })
  const ids = Array.from({ length: 250 }, (_, i) => `c${i}`)
  const held = world.holdNextLoad({ method: 'timelines' })
  const loading = limited(world, gate, 'job').timelines('w', ids, 50)
  await held.started
  const reading = limited(world, gate, 'read')
    .flags('w')
    .then(() => world.loadsOf('timelines'))
  held.release()
  expect(await reading, 'parts of the job that had begun').toBeLessThan(3)
  expect(await loading).toHaveLength(250)
  expect(world.loadsOf('timelines')).toBe(3)
})

test('what is urgent goes before the jobs that wait, and none of them begins beside it', async () => {
  const world = holdLoads(embeddedWorld())
  await world.saveSnapshot('w', {})
  const gate = createLoadLimiter({ most: 16, leastReads: 1 })
  const as = (who: LoadFor) => limited(world, gate, who)
  const ended: string[] = []
  const note = (what: string) => () => void ended.push(what)
  const urgent = world.holdNextLoad()
  const all = [as('urgent').flags('w').then(note('urgent'))]
  await urgent.started
  all.push(as('job').snapshot('w').then(note('job')))
  all.push(as('urgent').snapshot('w').then(note('urgent, too')))
  await as('read').snapshot('w')
  expect(world.loadsOf('snapshot'), 'a read, and what is urgent').toBe(2)
  urgent.release()
  await Promise.all(all)
  expect(ended).toEqual(['urgent, too', 'urgent', 'job'])
})
