import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { compareText } from '../../model/timestamp.ts'
import type { EntityRef, Member } from '../../model/world-data.ts'
import { dataConcerns } from '../../world/neo4j/administration.ts'
import { connect } from '../../world/neo4j/connection.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { type Game, startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'

let world: Neo4jWorld
beforeAll(async () => {
  world = neo4jWorld(neo4jAuth())
  await world.schema()
})
afterAll(() => world.close())

/** Integers that no other test uses, because a graph without world ids cannot distinguish worlds. */
let nextInteger = (Date.now() % 1e10) * 1_000
const integers = (count: number): number[] => Array.from({ length: count }, () => nextInteger++)

/**
 * What the game writes, of characters whose ids are INTEGERs: one event on the timeline of each for every timestamp.
 */
async function setup(ids: number[], timestamps: (number | string)[] = []): Promise<Game> {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  await game.run(
    `MATCH (w:World {world_id: $worldId})
    UNWIND $ids AS number WITH w, toInteger(number) AS id
    CREATE (w)-[:CONTAINS_CHARACTER]->(:Character {character_id: id, name: 'No. ' + id})
    CREATE (t:Timeline {entity_id: id})
    WITH t, id UNWIND range(0, size($timestamps) - 1) AS i
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: id * 100 + i, timestamp: $timestamps[i], participants: [id]})`,
    { ids, timestamps },
  )
  return game
}

const titled = (id: number, title: string) => ({
  event_id: `${id * 100}`,
  title,
  timestamp: '0003-01-01',
  participants: [`${id}`],
})

test('entities whose ids are INTEGERs are members, entities and timelines, and keep their type', async () => {
  const [id = 0, other = 0] = integers(2)
  const game = await setup([id, other], ['0001-01-01', '0002-01-01'])
  const ref: EntityRef = { type: 'character', id: `${id}` }
  const see = async () => ({
    members: await world.members(game.worldId, { limit: 10 }),
    entities: await world.entities(game.worldId, [ref]),
    events: (await world.timelines(game.worldId, [ref.id], 10))[0]?.map(event => event.event_id),
  })
  const seen = {
    members: [
      { ...ref, active: true },
      { ...ref, id: `${other}`, active: true },
    ],
    entities: [{ ...ref, name: `No. ${id}` }],
    events: [`${id * 100 + 1}`, `${id * 100}`],
  }
  expect(await see()).toEqual(seen)
  const adopted = await world.adopt(game.worldId)
  expect(adopted).toMatchObject({ members: 2, timelines: 2, events: 4, places: 4 })
  expect(await see()).toEqual(seen)

  await world.putEntities(game.worldId, [{ ...ref, name: 'Renamed', props: {} }])
  await world.addEvents(game.worldId, [titled(id, 'Retold')])
  expect(await see()).toEqual({
    ...seen,
    entities: [{ ...ref, name: 'Renamed' }],
    events: seen.events.toReversed(),
  })
  const types = await game.run(
    `MATCH (:World {world_id: $worldId})-->(c) MATCH (t:Timeline {entity_id: c.character_id})-[:CONTAINS_EVENT]->(e)
    RETURN DISTINCT valueType(c.character_id) AS c, valueType(t.entity_id) AS t, valueType(e.event_id) AS e`,
  )
  expect(types).toEqual([{ c: 'INTEGER NOT NULL', t: 'INTEGER NOT NULL', e: 'INTEGER NOT NULL' }])
  expect(await world.adopt(game.worldId)).toMatchObject({ members: 0, timelines: 0, events: 0, places: 0 })
  await world.removeEntities(game.worldId, [ref])
  expect(await see()).toEqual({ members: seen.members.slice(1), entities: [null], events: undefined })
})

test.each([3, 100])(
  'members of INTEGER and text ids are paged in the order of their texts, %i at a time',
  async limit => {
    const game = await setup([])
    const texts = ['🐉', '1', '10x', '-', '-1x', 'a', ''].map(text => `${text} ${game.worldId}`)
    await game.run(
      `MATCH (w:World {world_id: $worldId})
    FOREACH (id IN $texts | CREATE (w)-[:CONTAINS_OBJECT]->(:Object {object_id: id}))
    FOREACH (id IN [0, 1, 5, 9, 10, 11, 100, 99, 9223372036854775807, 4611686018427387904, 123456789012345,
      -1, -9, -10, -100, -99, -9223372036854775808] |
      CREATE (w)-[:CONTAINS_OBJECT]->(:Object {object_id: id}))
    FOREACH (id IN [1.5, true, [1]] | CREATE (w)-[:CONTAINS_OBJECT]->(:Object {object_id: id}))`,
      { texts },
    )
    const seen: Member[] = []
    for (;;) {
      const after = seen.at(-1)
      const page = await world.members(game.worldId, after ? { after, limit } : { limit })
      if (page.length === 0) break
      seen.push(...page)
    }
    const ids = seen.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].toSorted(compareText))
    expect(ids).toHaveLength(texts.length + 17)
    expect(ids).toEqual(expect.arrayContaining([...texts, '-9223372036854775808', '9223372036854775807']))
  },
)

test('numeric timestamps sort by value, older than every date, also after adoption', async () => {
  const [id = 0] = integers(1)
  const timestamps = [
    1_700_000_000.25,
    1_700_000_000,
    '1600000000',
    -5,
    '0001-01-01',
    'yesterday',
    1_700_000_000.5,
  ]
  const game = await setup([id], timestamps)
  await game.run(
    `MATCH (t:Timeline {entity_id: toInteger($id)})-[:CONTAINS_EVENT]->(e)
    WHERE e.timestamp IS :: FLOAT AND e.timestamp = 1700000000 SET e.timestamp = 1700000000`,
    { id },
  )
  const see = async (limit: number) =>
    (await world.timelines(game.worldId, [`${id}`], limit))[0]?.map(event => event.timestamp)
  const newestFirst = [
    '0001-01-01',
    '1700000000.5',
    '1700000000.25',
    '1700000000',
    '1600000000',
    '-5',
    'yesterday',
  ]
  expect(await see(10)).toEqual(newestFirst)
  await world.adopt(game.worldId)
  expect(await see(10)).toEqual(newestFirst)
  expect(await see(3)).toEqual(newestFirst.slice(0, 3))
  expect(await world.adopt(game.worldId)).toMatchObject({ places: 0, leftovers: 0 })
})

test('data that cannot be read, or is read in an unexpected way, is reported with what would be right', async () => {
  const game = await setup(integers(1), [1_700_000_000, 'yesterday'])
  const [mark = 0] = integers(1)
  await game.run(
    `CREATE (:World {world_id: $mark}), (:Location {location_id: 1.5, of: $mark}), (:Timeline {of: $mark})`,
    { mark },
  )
  onTestFinished(
    async () =>
      void (await game.run('MATCH (n) WHERE n.world_id = $mark OR n.of = $mark DELETE n', { mark })),
  )
  const connection = connect(neo4jAuth())
  onTestFinished(() => connection.close())
  const text = (await dataConcerns(connection, 1_000_000)).join('\n')
  expect(text).toMatch(/^[(]:World[)] world_id: [0-9]+ of [0-9]+ are not text, .*SET n[.]world_id/m)
  expect(text).toMatch(/^[(]:Location[)] location_id: [0-9]+ of [0-9]+ are neither text nor INTEGER/m)
  expect(text).toMatch(/^[(]:TimelineEvent[)] timestamp: [0-9]+ of [0-9]+ are numbers, .*epochMillis/m)
  expect(text).toMatch(/^[(]:TimelineEvent[)] timestamp: [0-9]+ of [0-9]+ are neither dates nor numbers/m)
  expect(text).not.toContain('(:Character)')
})
