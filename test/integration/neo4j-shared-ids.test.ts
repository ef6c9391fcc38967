import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { type Game, startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'

let world: Neo4jWorld
beforeAll(async () => {
  world = neo4jWorld(neo4jAuth())
  await world.schema()
})
afterAll(() => world.close())

const titlesOf = async (worldId: string, id: string) =>
  (await world.timelines(worldId, [id], 10))[0]?.map(event => event.title)

/** A world of the game, with one character and one event; with the ids of another world, or new ones. */
async function play(id?: string): Promise<{ game: Game; id: string; eventId: string }> {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  const ownId = id ?? `c ${game.worldId}`
  const eventId = `e ${game.worldId}`
  await game.run(
    `MATCH (w:World {world_id: $worldId})
    CREATE (w)-[:CONTAINS_CHARACTER]->(:Character {character_id: $id, name: $worldId})
    CREATE (t:Timeline {entity_id: $id})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $eventId, title: 'played', timestamp: '0005-01-01'})`,
    { id: ownId, eventId },
  )
  return { game, id: ownId, eventId }
}

/** A world that Hearth writes, with a character of this id. */
async function write(id: string): Promise<string> {
  const worldId = `written beside ${id}`
  await world.saveSnapshot(worldId, { world_name: 'Written' })
  await world.putEntities(worldId, [{ type: 'character', id, name: 'Written', props: {} }])
  return worldId
}

test("an indexed world neither shows nor takes a plain world's events with the same ids", async () => {
  const { game, id, eventId } = await play()
  const worldId = await write(id)
  expect(await titlesOf(worldId, id)).toEqual([])
  const event = { event_id: eventId, title: 'written', timestamp: '0001-01-01', participants: [id] }
  await world.addEvents(worldId, [event])

  expect(await titlesOf(worldId, id)).toEqual(['written'])
  expect(await titlesOf(game.worldId, id)).toEqual(['played'])
  await world.addEvents(worldId, [{ ...event, title: 'written again' }])
  expect(await titlesOf(worldId, id)).toEqual(['written again'])
  expect(await titlesOf(game.worldId, id)).toEqual(['played'])
})

test('an entity of another type with the same id is another entity, and not a duplicate', async () => {
  const { id } = await play()
  const worldId = `a place ${id}`
  await world.saveSnapshot(worldId, {})
  await world.putEntities(worldId, [{ type: 'location', id, name: 'A place', props: {} }])
  expect(await titlesOf(worldId, id)).toEqual([])
})

test('adopting a plain world next to an indexed one with the same ids takes only its own timelines', async () => {
  const { game, id } = await play()
  const worldId = await write(id)
  await world.addEvents(worldId, [
    { event_id: 'w', title: 'written', timestamp: '0001-01-01', participants: [id] },
  ])
  expect(await world.adopt(game.worldId)).toMatchObject({
    members: 1,
    timelines: 1,
    events: 1,
    places: 1,
    shared: 0,
  })
  expect(await titlesOf(game.worldId, id)).toEqual(['played'])
  expect(await titlesOf(worldId, id)).toEqual(['written'])
})

test('a timeline that the game adds to an adopted entity is read', async () => {
  const { game, id } = await play()
  const late = `late ${id}`
  await game.run(
    `MATCH (w:World {world_id: $worldId}) CREATE (w)-[:CONTAINS_CHARACTER]->(:Character {character_id: $late})`,
    { late },
  )
  await world.adopt(game.worldId)
  await game.run(
    `CREATE (:Timeline {entity_id: $late})-[:CONTAINS_EVENT]->
      (:TimelineEvent {event_id: $late, title: 'late', timestamp: '0001-01-01'})`,
    { late },
  )
  expect(await titlesOf(game.worldId, late)).toEqual(['late'])
  expect(await titlesOf(game.worldId, id)).toEqual(['played'])
})

test('adoption does not change entities whose id two plain worlds share, and reports them', async () => {
  const { game, id } = await play()
  const other = await play(id)
  const alone = `alone ${id}`
  await game.run(
    `MATCH (w:World {world_id: $worldId}) CREATE (w)-[:CONTAINS_CHARACTER]->(:Character {character_id: $alone})`,
    { alone },
  )
  const both = ['played', 'played']
  expect(await titlesOf(game.worldId, id)).toEqual(both)
  expect(await world.adopt(game.worldId)).toMatchObject({ members: 1, timelines: 0, events: 0, shared: 1 })
  expect(await world.sharedIds(game.worldId)).toEqual({
    count: 1,
    examples: [{ type: 'character', id, otherWorldId: other.game.worldId }],
  })
  await world.putEntities(game.worldId, [{ type: 'character', id, name: 'Renamed', props: {} }])
  const shared = { event_id: `shared ${id}`, title: 'shared', timestamp: '0009-01-01', participants: [id] }
  await world.addEvents(game.worldId, [shared])
  expect(await titlesOf(game.worldId, id)).toEqual(['shared', ...both])
  expect(await titlesOf(other.game.worldId, id)).toEqual(['shared', ...both])
  await game.deleteEvent(shared.event_id)

  await other.game.run(
    `MATCH (:World {world_id: $worldId})-[:CONTAINS_CHARACTER]->(c) SET c.world_id = $worldId
    WITH c MATCH (t:Timeline)-[:CONTAINS_EVENT]->({event_id: $eventId}) SET t.world_id = $worldId`,
    { eventId: other.eventId },
  )
  expect(await world.adopt(game.worldId)).toMatchObject({ members: 1, timelines: 1, shared: 0 })
  expect(await titlesOf(other.game.worldId, id)).toEqual(['played'])
  expect(await titlesOf(game.worldId, id)).toEqual(['played'])
})

test("the timeline of a removed plain entity is removed, and not given to another world's entity", async () => {
  const { game, id } = await play()
  const worldId = await write(id)
  await world.removeEntities(game.worldId, [{ type: 'character', id }])
  expect(await titlesOf(worldId, id)).toEqual([])
})
