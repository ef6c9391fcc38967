import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { numberOf } from '../../model/json.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'

let world: Neo4jWorld
beforeAll(() => {
  world = neo4jWorld(neo4jAuth())
})
afterAll(() => world.close())

async function setup() {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  const id = `c ${game.worldId}`
  await game.addCharacter(id)
  return { game, id }
}

test("every kind of property that the game's entities have is JSON, and temporal ones are Neo4j's own text", async () => {
  const { game, id } = await setup()
  const temporal = {
    zoned: "datetime('2020-06-01T12:00:00.5[Europe/Paris]')",
    old: "datetime({year: 5, month: 2, day: 28, timezone: '-05:00'})",
    local: "localdatetime('-0210-03-01T04:05:06.7')",
    far: "localdatetime('+12345-01-01T00:00:00')",
    day: 'date({year: 1})',
    clock: "time('12:00:00+01:00')",
    local_clock: "localtime('12:00:00.000000001')",
    span: "duration('P1Y2M3DT4H5M6.5S')",
  }
  const sets = Object.entries(temporal).map(([name, value]) => `c.${name} = ${value}`)
  const [text] = await game.run(
    `RETURN ${Object.entries(temporal).map(([name, value]) => `toString(${value}) AS ${name}`)}`,
  )
  await game.run(
    `MATCH (c:Character {character_id: $id}) SET ${sets}, c.big = 9007199254740993, c.int = 7, c.whole = 2.0,
      c.nan = 0.0 / 0.0, c.at = point({x: 1, y: 2}), c.ints = [1, 2], c.json = '{"a": [1]}', c.broken = '{oops',
      c.days = [date('2020-01-01')], c.world_id = $worldId, c.created_at = 'kept'`,
    { id },
  )
  expect(await world.entities(game.worldId, [{ type: 'character', id }])).toEqual([
    {
      id,
      type: 'character',
      name: null,
      ...text,
      big: numberOf('9007199254740993'),
      int: 7,
      whole: 2,
      nan: null,
      at: { srid: 7203, x: 1, y: 2 },
      ints: [1, 2],
      json: { a: [1] },
      broken: '{oops',
      days: ['2020-01-01'],
      created_at: 'kept',
    },
  ])
})

test('an event of the game has the right shape, whatever fields it lacks, and if they are not JSON', async () => {
  const { game, id } = await setup()
  await game.run(
    `MATCH (t:Timeline {entity_id: $id})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: '3 ' + $id, timestamp: '0003-01-01'})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: '2 ' + $id, timestamp: localdatetime('0002-01-01T00:00'),
      metadata: 'no json', consequences: 'They fled', participants: '["a", "b"]', tags: ['x'],
      emotional_impact: 1, significance_level: 10, created_at: 'never cached'})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: '1 ' + $id, timestamp: '0001-01-01',
      metadata: '{"a": 1}', consequences: ['x', 'y'], title: 12, tags: 'x'})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: '0 ' + $id, timestamp: '0004-01-01', private: true})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {timestamp: '0004-01-01', title: 'without an id'})`,
    { id },
  )
  const nothing = {
    event_type: null,
    title: null,
    description: null,
    participants: [],
    location_id: null,
    consequences: null,
    emotional_impact: null,
    significance_level: null,
    tags: [],
    metadata: {},
  }
  expect(await world.timelines(game.worldId, [id], 10)).toEqual([
    [
      { ...nothing, event_id: `3 ${id}`, timestamp: '0003-01-01' },
      {
        ...nothing,
        event_id: `2 ${id}`,
        timestamp: '0002-01-01T00:00:00',
        consequences: 'They fled',
        participants: ['a', 'b'],
        tags: ['x'],
        emotional_impact: 1,
        significance_level: 10,
      },
      {
        ...nothing,
        event_id: `1 ${id}`,
        timestamp: '0001-01-01',
        metadata: { a: 1 },
        consequences: ['x', 'y'],
        title: '12',
      },
    ],
  ])
})

test('a snapshot and flags whose text is not JSON are empty, and no error', async () => {
  const { game } = await setup()
  await game.run(
    `MATCH (w:World {world_id: $worldId}) SET w.world_flags = '[1', w.metadata = '[1]', w.active_characters = 'x',
      w.active_objects = '{"o1": {"name": "O"}}', w.evolution_schedule = 'nightly', w.world_status = 'active',
      w.current_time = datetime('0001-02-03T04:05:06Z'), w.last_evolution = localdatetime('-0005-01-01T00:00')`,
  )
  expect(await world.flags(game.worldId)).toEqual({})
  expect(await world.snapshot(game.worldId)).toEqual({
    world_id: game.worldId,
    world_name: 'Played',
    world_status: 'active',
    metadata: {},
    current_time: '0001-02-03T04:05:06Z',
    last_evolution: '-0005-01-01T00:00:00',
    evolution_schedule: 'nightly',
    active_characters: {},
    active_locations: {},
    active_objects: { o1: { name: 'O' } },
  })
})

test('an event that cannot be ordered is refused by name, and none of its batch is written', async () => {
  const { game, id } = await setup()
  const good = { event_id: `good ${id}`, timestamp: '0001-01-01', participants: [id] }
  for (const [bad, message] of [
    [{ ...good, event_id: 'bad', timestamp: 'soon' }, /timestamp: "soon" of event "bad" must be ISO text/],
    [{ ...good, event_id: '' }, /event_id must not be empty/],
  ] as const) {
    const adding = world.addEvents(game.worldId, [good, bad])
    await expect(adding).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringMatching(message),
    })
  }
  expect(await world.timelines(game.worldId, [id], 10)).toEqual([[]])
})

test('created_at is written as given, otherwise by Neo4j, and never shown', async () => {
  const { game, id } = await setup()
  const event = (event_id: string, fields: object) => ({
    event_id: `${event_id} ${id}`,
    timestamp: '2030-01-01',
    participants: [id],
    ...fields,
  })
  await world.addEvents(game.worldId, [event('a', { created_at: '2030-01-01T00:00:01' }), event('b', {})])
  await world.addEvents(game.worldId, [event('a', { title: 'again' }), event('b', { created_at: null })])
  const rows = await game.run(
    `MATCH (:Timeline {entity_id: $id})-[:CONTAINS_EVENT]->(e) WHERE e.event_id IN $ids
    RETURN e.created_at AS at ORDER BY e.event_id`,
    { id, ids: [`a ${id}`, `b ${id}`] },
  )
  const dates = rows.map(row => row['at'])
  expect(dates).toEqual(['2030-01-01T00:00:01', expect.stringMatching(/^\d{4}-.*Z$/)])
  const [shown = []] = await world.timelines(game.worldId, [id], 2)
  for (const each of shown ?? []) expect(each).not.toHaveProperty('created_at')
})
