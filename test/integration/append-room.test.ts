import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode, separator } from '../../cache/values.ts'
import type { Json } from '../../model/json.ts'
import { emptyEvent, type TimelineEvent } from '../../model/world-data.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openCache } from '../support/setup.ts'

/** Few, so that events are given again; of every kind of text. */
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '"', '\\', 'é"\n', '🐉', 'event_id', '":"']
const metadata = fc.constantFrom<Record<string, Json>>(
  {},
  { event_id: 'a', timestamp: '9999-01-01T00:00:00' },
  { note: 'tab\t, newline\n, "event_id":"b"', deep: { event_id: ']' } },
)

interface Step {
  ids: string[]
  /** How much later the first one is than the newest so far, in seconds. */
  later: number
  size: number
  hidden: string[]
  metadata: Record<string, Json>
  topK: number
}

const step: fc.Arbitrary<Step> = fc.record({
  ids: fc.uniqueArray(fc.oneof(fc.constantFrom(...ids), fc.uuid()), { maxLength: 4 }),
  later: fc.oneof(
    { weight: 9, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 0 }) },
  ),
  size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000 })),
  hidden: fc.oneof(
    { weight: 9, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray(ids, { maxLength: 1 }) },
  ),
  metadata,
  topK: fc.oneof(
    { weight: 9, arbitrary: fc.constant(5) },
    { weight: 1, arbitrary: fc.integer({ min: 4, max: 7 }) },
  ),
})

const timeOf = (second: number) => new Date(Date.UTC(2030, 0, 1) + second * 1_000).toISOString()

/** The fields in another order, as a source of one's own may have them. */
const turned = (event: TimelineEvent) =>
  Object.fromEntries(Object.entries(event).reverse()) as unknown as TimelineEvent

/**
 * `prepend` against a list: it does all of what it is asked or nothing, and nothing where an event is there already, must
 * not be there, or is not the newest.
 */
test('events that are prepended, in any sizes and numbers, stand once, newest first, and at most k', async () => {
  const cache = openCache()
  await cache.ping()
  const { redis, leases, keys } = cache
  const run = async (steps: Step[], isTurned: boolean, filled: number) => {
    const worldId = fresh()
    const entry = keys.entry(kinds.timeline, worldId, 'c0')
    let newest = 100
    const made = (event_id: string, second: number, given: Partial<Step> = {}): TimelineEvent => ({
      event_id,
      ...emptyEvent,
      timestamp: timeOf(second),
      description: 'x'.repeat(given.size ?? 10),
      metadata: given.metadata ?? {},
    })
    let model = Array.from({ length: filled }, (_, i) => made(`filled ${i}`, newest)).map(
      isTurned ? turned : event => event,
    )
    const gone = new Set<string>()
    await redis.set(entry.key, encode(kinds.timeline, model), 'PX', 60_000)

    for (const { ids: added, later, hidden, topK, ...given } of steps) {
      const events = added.slice(0, topK).map((id, i) => made(id, newest + later + i, given))
      events.reverse()
      const [before] = await Promise.all([
        redis.get(entry.key),
        redis.set(entry.lease, 'token of a load', 'PX', 60_000),
      ])
      const front = {
        entry,
        oldest: timeOf(newest + later),
        count: events.length,
        events: events.map(event => JSON.stringify(event)).join(separator),
        ids: [...events.map(({ event_id }) => event_id), ...hidden],
      }
      const [isDone] = await leases.prepend(worldId, [front], topK)
      const [found, leased, ttlMs] = await Promise.all([
        redis.get(entry.key),
        redis.exists(entry.lease),
        redis.pttl(entry.key),
      ])
      const text = found ?? ''
      const has = (id: string) => model.some(({ event_id }) => event_id === id)
      const mustNot = front.ids.some(has) || (events.length > 0 && model.length > 0 && later <= 0)
      if (isDone) {
        expect(mustNot, 'an event that is there, or not the newest').toBe(false)
        const longer = [...events, ...model]
        if (events.length > 0) model = longer.slice(0, topK)
        if (events.length > 0) newest += later + events.length - 1
        for (const { event_id } of longer.slice(topK)) gone.add(event_id)
        expect(leased, 'a load that began before').toBe(0)
      } else {
        expect(mustNot || front.ids.some(id => gone.has(id)), 'nothing forbids it').toBe(true)
        expect(text).toBe(before)
        expect(leased).toBe(1)
      }
      expect(JSON.parse(text)).toEqual(model)
      expect(ttlMs).toBeGreaterThan(0)
    }
    return (await redis.get(entry.key)) ?? ''
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 4 }),
      async (steps, isTurned, filled) => void (await run(steps, isTurned, filled)),
    ),
    { numRuns: 25 },
  )

  const many = Array.from(
    { length: 150 },
    (_, i): Step => ({
      ids: [`many ${i}`],
      later: 1,
      size: 200 + (i % 7) * 20,
      hidden: [],
      metadata: {},
      topK: 50,
    }),
  )
  const text = await run(many, false, 4)
  expect(text.length / text.trim().length, 'what the room costs').toBeLessThan(1.5)
}, 60_000)
