import { EventEmitter } from 'node:events'
import type { Cluster } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type CacheState, createCacheState, type Recorded } from '../../cache/cache-state.ts'
import { createClusterShards } from '../../cache/cluster-shards.ts'
import type { Shard } from '../../cache/shard.ts'
import type { DoubtedShards } from '../../cache/shards.ts'
import { slotCount, slotOf } from '../../cache/slots.ts'
import type { Breaker } from '../../resilience/breaker.ts'

const keyOf = (worldId: string) => `lw:world:{${worldId}}:ver`
const worlds = Array.from({ length: 100 }, (_, i) => `w${i}`)
const half = slotCount / 2
const [low, low2] = worlds.filter(id => slotOf(keyOf(id)) < half) as [string, string]
const [high] = worlds.filter(id => slotOf(keyOf(id)) >= half) as [string]

/** A cluster of two primaries, a and b, whose breakers and slots the test turns. */
function open() {
  vi.useFakeTimers()
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const slots: string[][] = []
  const reads = Object.assign(new EventEmitter(), { slots })
  const turns = new Map<string, (closed: boolean) => void>()
  const pending = new Set<string>()
  const asked: Recorded[] = []
  const states: [CacheState, DoubtedShards | undefined][] = []
  const unknown: string[] = []
  const shards = createClusterShards({
    reads: reads as unknown as Cluster,
    connecting: () => false,
    open({ name, delivered, onState }) {
      const listeners: ((closed: boolean) => void)[] = []
      const breaker = {
        closed: true,
        answeredAt: performance.now(),
        onChange: (hear: (closed: boolean) => void) => void listeners.push(hear),
        suspect: () => {},
        stop: () => {},
      }
      turns.set(name, closed => {
        breaker.closed = closed
        for (const hear of listeners) hear(closed)
      })
      const state = createCacheState({ breaker, delivered, onState })
      const isUnknown = () => void unknown.push(name)
      return {
        name,
        breaker: breaker as unknown as Breaker,
        state,
        isUnknown,
        stop: state.stop,
      } satisfies Shard
    },
    async delivered(span, isOurs = () => true) {
      asked.push(span)
      return ![...pending].some(isOurs)
    },
    onState: (state, doubted) => void states.push([state, doubted]),
  })
  onTestFinished(shards.stop)
  /** Which primary holds the slots from here on. */
  function refresh(...names: [from: number, name: string][]): void {
    for (const [from, name] of names) for (let slot = from; slot < slotCount; slot++) slots[slot] = [name]
    reads.emit('refresh')
  }
  const trusts = (...ids: string[]) => ids.map(id => shards.trusts(keyOf(id)))
  return { shards, reads, refresh, turns, pending, asked, states, unknown, trusts }
}

test('a shard that is away is not trusted, others are; it is again when its own changes have been delivered', async () => {
  const { shards, refresh, turns, pending, states, trusts } = open()
  refresh([0, 'a'], [half, 'b'])
  expect(states, 'the first look is no move').toEqual([])
  turns.get('a')?.(false)
  expect(trusts(low, high)).toEqual([false, true])
  expect(shards.some.closed).toBe(true)
  turns.get('b')?.(false)
  expect(shards.some.closed).toBe(false)
  pending.add(low)
  turns.get('a')?.(true)
  turns.get('b')?.(true)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(trusts(low, high), 'what waits is of the first one').toEqual([false, true])
  pending.clear()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low, high)).toEqual([true, true])
  expect(states.map(([state, doubted]) => [state, doubted?.names.join()])).toEqual([
    ['away', 'a'],
    ['away', 'a,b'],
    ['catching-up', 'a,b'],
    ['catching-up', 'a'],
    ['trusted', undefined],
  ])
})

test('a change that one world did not get is its doubt alone; those of many worlds are the doubt of their shard', async () => {
  const { shards, refresh, pending, trusts } = open()
  refresh([0, 'a'], [half, 'b'])
  pending.add(low)
  shards.doubt(keyOf(low))
  expect(trusts(low, low2, high)).toEqual([false, true, true])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(trusts(low)).toEqual([false])
  pending.clear()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low)).toEqual([true])
  const those = worlds.filter(id => slotOf(keyOf(id)) < half && id !== low2).slice(0, 9)
  for (const id of those) shards.doubt(keyOf(id))
  expect(trusts(low2, high)).toEqual([false, true])
  expect(shards.doubted).toEqual({ names: ['a'], of: 2 })
})

test('the late answer of a change ends the doubt of its world', async () => {
  const { shards, refresh, pending, trusts } = open()
  refresh([0, 'a'], [half, 'b'])
  pending.add(low)
  shards.doubt(keyOf(low), Promise.resolve())
  await vi.advanceTimersByTimeAsync(0)
  expect(trusts(low)).toEqual([true])
})

test('slots that move take along what they lack: they are trusted when it has been delivered, since the first trouble', async () => {
  const { refresh, turns, pending, asked, trusts } = open()
  refresh([0, 'a'], [half, 'b'])
  await vi.advanceTimersByTimeAsync(1_000)
  turns.get('a')?.(false)
  await vi.advanceTimersByTimeAsync(10_000)
  pending.add(low)
  refresh([0, 'b'])
  expect(trusts(low, low2, high), 'the second primary answers').toEqual([false, false, true])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low, high)).toEqual([false, true])
  expect(asked[0]?.atMostMs).toBeGreaterThanOrEqual(71_000)
  pending.clear()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low, low2, high)).toEqual([true, true, true])
})

test('a doubt goes with its slot, and an outage of its new primary keeps it', async () => {
  const { shards, refresh, turns, pending, trusts } = open()
  refresh([0, 'a'], [half, 'b'])
  pending.add(low)
  shards.doubt(keyOf(low))
  refresh([0, 'b'])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low, low2, high)).toEqual([false, false, true])
  turns.get('b')?.(false)
  pending.clear()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low, low2, high)).toEqual([false, false, false])
})

test('after an outage of a shard, a world that is doubted alone does not get the trust of what its shard still lacks', async () => {
  const { shards, refresh, turns, pending, trusts } = open()
  refresh([0, 'a'], [half, 'b'])
  let answer = () => {}
  pending.add(low)
  shards.doubt(
    keyOf(low),
    new Promise<void>(resolve => {
      answer = resolve
    }),
  )
  turns.get('a')?.(false)
  await vi.advanceTimersByTimeAsync(5_000)
  turns.get('a')?.(true)
  await vi.advanceTimersByTimeAsync(5_000)
  answer() // what is pending now was reported since, while the shard was away
  await vi.advanceTimersByTimeAsync(0)
  expect(trusts(low, low2)).toEqual([false, false])
})

test('a primary that appears later must be known before it is trusted, one that was there at the start need not', () => {
  const { refresh, unknown } = open()
  refresh([0, 'a'], [half, 'b'])
  expect(unknown).toEqual([])
  refresh([0, 'c'], [half, 'b'])
  expect(unknown).toEqual(['c'])
})

test('what was doubted before the slots were known stays so', async () => {
  const { shards, refresh, pending, trusts } = open()
  pending.add(low)
  shards.doubt(keyOf(low))
  refresh([0, 'a'], [half, 'b'])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trusts(low, low2, high)).toEqual([false, true, true])
})
