import { describe, expect, test } from 'vitest'
import { parseTimestamp } from '../../model/timestamp.ts'
import type { NewEvent } from '../../model/world-data.ts'
import { demoWorld, generateWorld } from '../../world/demo/demo.ts'

const lengths = async (options: Parameters<typeof demoWorld>[0]) => {
  const world = await demoWorld(options)
  const members = await world.members('demo', { limit: 1e6 })
  const timelines = await world.timelines(
    'demo',
    members.map(member => member.id),
    1e6,
  )
  return { members, lengths: timelines.map(events => events?.length ?? -1) }
}

describe('a generated world', () => {
  test('is the same for the same seed, and different for another', () => {
    const made = (seed: number) => {
      const { entities, events, snapshot } = generateWorld({ seed, entities: 60 })
      return { entities: [...entities], events: [...events], snapshot }
    }
    expect(made(7)).toEqual(made(7))
    expect(made(8).entities).not.toEqual(made(7).entities)
    expect(made(8).events).not.toEqual(made(7).events)
  })

  test('has timelines of about the given length, of every type', async () => {
    const { members, lengths: found } = await lengths({ entities: 1000, eventsPerEntity: 20 })
    expect(members).toHaveLength(1000)
    for (const type of ['character', 'location', 'object'] as const) {
      const own = found.filter((_, i) => members[i]?.type === type)
      const mean = own.reduce((sum, length) => sum + length, 0) / own.length
      expect(mean).toBeGreaterThan(19)
      expect(mean).toBeLessThan(21)
      expect(Math.min(...own)).toBeGreaterThan(0)
    }
  })

  test('has exactly the given number of events each, of one participant and no place', async () => {
    const options = { entities: 200, eventsPerEntity: 20, exactEventsPerEntity: true }
    expect(new Set((await lengths(options)).lengths)).toEqual(new Set([20]))
    const events = [...generateWorld(options).events]
    expect(events.every(event => event.participants?.length === 1 && event.location_id === null)).toBe(true)
  })

  test('has events oldest first, some at the same time, of entities that it has', () => {
    const { entities, events, counts } = generateWorld({ entities: 40, eventsPerEntity: 10 })
    const ids = new Set([...entities].map(entity => entity.id))
    const told = [...events]
    expect({ entities: ids.size, events: told.length }).toEqual(counts)
    const times = told.map(event => parseTimestamp(event.timestamp))
    expect(times.every((time, i) => time !== null && time >= (times[i - 1] ?? time))).toBe(true)
    expect(new Set(times).size).toBeLessThan(times.length)
    for (const event of told) expect(namesOf(event).filter(id => !ids.has(id))).toEqual([])
    expect(new Set(told.map(event => event.event_type)).size).toBeGreaterThan(4)
    const whole = told.every(({ title, description, tags }) => title && description && tags?.length)
    expect(whole).toBe(true)
    expect(JSON.stringify(told)).not.toContain('undefined')
  })

  test('costs nothing until it is iterated, whatever its size', () => {
    const { entities, events, counts } = generateWorld({ entities: 1e12, eventsPerEntity: 100 })
    expect(counts.entities).toBe(1e12)
    const [entity] = entities
    const [event] = events
    expect([entity?.id, event?.event_id]).toEqual(['c1', 'e1'])
  })

  test.each([0, 1, 2, 3, 7])('may have %i entities', async entities => {
    const { members } = await lengths({ entities, eventsPerEntity: 3 })
    expect(members).toHaveLength(entities)
    expect((await lengths({ entities, eventsPerEntity: 0 })).lengths).toEqual(members.map(() => 0))
  })

  test.each(['seed', 'entities', 'eventsPerEntity'])('refuses a %s that is not a whole number', option => {
    for (const value of [-1, 1.5, Number.NaN]) {
      expect(() => generateWorld({ [option]: value })).toThrow(`${option}: ${value} must be a whole number`)
    }
  })
})

const namesOf = ({ participants = [], location_id }: NewEvent) => [
  ...participants,
  ...(location_id ? [location_id] : []),
]
