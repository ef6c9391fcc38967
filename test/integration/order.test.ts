import { chunk } from 'es-toolkit'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Immutable } from '../../model/immutable.ts'
import { compareEvents, parseTimestamp } from '../../model/timestamp.ts'
import { emptyEvent, type TimelineEvent } from '../../model/world-data.ts'
import { atOf } from '../../world/neo4j/at.ts'
import { connect } from '../../world/neo4j/connection.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

const two = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map(n => String(n).padStart(2, '0'))

/** In any notation, but few different times, so that many are equal. */
const anyTimestamp = fc
  .tuple(
    fc.constantFrom('0001', '0042', '0099', '-0044', '+0042', '1970', '+12024'),
    two(1, 2),
    two(27, 31),
    fc.constantFrom('', 'T00:00', 'T00:00:00', 'T00:00:01', ' 00:00:00'),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[.,][0-9]{1,9}$/)),
    fc.constantFrom('', 'Z', '+00:00', '+01:00', '-01:00', 'Z[Etc/UTC]'),
  )
  .map(([year, month, day, clock, fraction, offset]) => {
    const seconds = /:..:/.test(clock) ? fraction : ''
    return `${year}-${month}-${day}${clock}${clock === '' ? '' : seconds + offset}`
  })
  .filter(text => parseTimestamp(text) !== null)
/** Of equal length, different from the sixth digit on. */
const closeTimestamp = fc.stringMatching(/^[12][0-9]{3}$/).map(end => `0042-03-01T12:00:00.12345${end}`)
const fourTimestamps = fc.oneof(
  fc.array(anyTimestamp, { minLength: 4, maxLength: 4 }),
  fc.array(closeTimestamp, { minLength: 4, maxLength: 4 }),
)

const ids = fc.shuffledSubarray(['a', 'b', 'c', 'B', 'é', '🐉', '\uffee'], { minLength: 4, maxLength: 4 })
/** Two events that are cached, and two that are appended. */
const fourEvents = fc.tuple(ids, fourTimestamps)

const made = (event_id: string, at: string): TimelineEvent => ({ ...emptyEvent, event_id, timestamp: at })
const idsOf = (events: readonly { event_id: string }[]) => events.map(({ event_id }) => event_id)

test('appended events are sorted in cached timelines as JavaScript and Neo4j sort them, to the last digit', async () => {
  const { hearth, world } = openHearth()
  await hearth.cache.ping() // a read before the first connection would store nothing
  const neo4j = connect(neo4jAuth())
  onTestFinished(() => neo4j.close())
  const worldId = fresh()
  await world.saveSnapshot(worldId, {})
  const digits = ['.1234567', '.1234560', '.1234568', '.1234569'].map(each => `2030-01-01T00:00:00${each}`)
  const cases = [[['z', 'a', 'b', 'y'], digits] as const, ...fc.sample(fourEvents, 1_500)].map(
    ([names, times], i) => ({
      entityId: `c${i}`,
      events: names.map((name, n) => made(`${name} ${i}`, times[n] ?? '')),
    }),
  )

  await world.putEntities(
    worldId,
    cases.map(({ entityId: id }) => ({ type: 'character', id, name: id, props: {} })),
  )
  const named = (from: number, to: number) =>
    cases.flatMap(({ entityId, events }) =>
      events.slice(from, to).map(event => ({ ...event, participants: [entityId] })),
    )
  await world.addEvents(worldId, named(0, 2))
  /** In parts, because a batch that takes a busy Redis too long would bypass it. */
  const read = async () => {
    const entityIds = cases.map(({ entityId }) => entityId)
    const timelines = new Map<string, Immutable<TimelineEvent[]>>()
    for (const some of chunk(entityIds, 100))
      for (const [id, events] of await hearth.timelines(worldId, some)) timelines.set(id, events)
    return timelines
  }
  /** A busy Redis is bypassed: then the next read stores what this one could not. */
  for (let loads = -1; loads !== world.loadsOf('timelines'); ) {
    loads = world.loadsOf('timelines')
    await read()
  }
  const appended = named(2, 4)
  for (const some of chunk(appended, 50)) {
    const answer = await hearth.appendEvents(worldId, some)
    expect(answer.outcome).toBe('visible')
  }
  const loads = world.loadsOf('timelines')
  const warm = await read()
  expect(world.loadsOf('timelines'), 'all of them stayed warm').toBe(loads)
  await hearth.invalidate(worldId, 'all')
  const cold = await read()

  const rows = await neo4j.read(
    `UNWIND range(0, size($cases) - 1) AS i
    CALL (i) {
      UNWIND $cases[i] AS e WITH e, ${atOf('e.timestamp')} AS at ORDER BY at DESC, e.event_id DESC
      RETURN collect(e.event_id) AS ids
    }
    RETURN i, ids ORDER BY i`,
    { cases: cases.map(({ events }) => events.map(({ event_id, timestamp }) => ({ event_id, timestamp }))) },
  )
  for (const [i, { entityId, events }] of cases.entries()) {
    const said = JSON.stringify(events.map(event => [event.event_id, event.timestamp]))
    const inOrder = idsOf(events.toSorted(compareEvents))
    expect(idsOf(warm.get(entityId) ?? []), `amended: ${said}`).toEqual(inOrder)
    expect(idsOf(cold.get(entityId) ?? []), `united: ${said}`).toEqual(inOrder)
    // Neo4j compares parameters by UTF-16 units; for stored ids see neo4j-timestamps.test.ts.
    if (events.every(({ event_id }) => event_id < '\ud800')) expect(rows[i]?.['ids'], said).toEqual(inOrder)
  }
})
