import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'

let world: Neo4jWorld
beforeAll(async () => {
  world = neo4jWorld(neo4jAuth())
  await world.schema()
})
afterAll(() => world.close())

const nothing = { members: 0, timelines: 0, events: 0, places: 0, leftovers: 0, shared: 0 }

/** A played world: three characters, and events on one or two of their timelines. */
async function setup() {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  const ids = ['a', 'b', 'c'].map(name => `${name} ${game.worldId}`)
  for (const id of ids) await game.addCharacter(id)
  const [a = '', b = ''] = ids
  for (let year = 1; year <= 5; year++) {
    await game.addEvent(`e${year} ${game.worldId}`, `000${year}-01-01`, year % 2 ? [a, b] : [a])
  }
  return { game, ids, a, b }
}

test('adoption counts its changes, changes nothing twice, and does not change what readers get', async () => {
  const { game, ids } = await setup()
  const readAll = () => world.timelines(game.worldId, ids, 10)
  const before = await readAll()
  expect(before.map(timeline => timeline?.length)).toEqual([5, 3, 0])
  const progress: number[] = []
  const report = await world.adopt(game.worldId, {
    batchSize: 2,
    onProgress: ({ members, places }) => progress.push(members + places),
  })
  expect(report).toEqual({ ...nothing, members: 3, timelines: 3, events: 5, places: 8 })
  expect(progress.length).toBeGreaterThan(6)
  expect(progress).toEqual(progress.toSorted((x, y) => x - y))
  expect(await readAll()).toEqual(before)
  expect(await world.adopt(game.worldId)).toEqual(nothing)
})

test('adopting again corrects a timestamp that the game has changed', async () => {
  const { game, a } = await setup()
  await world.adopt(game.worldId)
  await game.run("MATCH (e:TimelineEvent {event_id: $id}) SET e.timestamp = '0009-01-01'", {
    id: `e2 ${game.worldId}`,
  })
  expect(await world.adopt(game.worldId)).toEqual({ ...nothing, places: 1 })
  const [timeline] = await world.timelines(game.worldId, [a], 2)
  expect(timeline?.map(event => event.timestamp)).toEqual(['0009-01-01', '0005-01-01'])
})

test('an event on the timelines of two worlds is read in both', async () => {
  const [first, second] = [await setup(), await setup()]
  await first.game.run(
    `MATCH (t:Timeline {entity_id: $theirs}), (e:TimelineEvent {event_id: $shared})
    CREATE (t)-[:CONTAINS_EVENT]->(e)`,
    { theirs: second.a, shared: `e3 ${first.game.worldId}` },
  )
  await world.adopt(first.game.worldId)
  await world.adopt(second.game.worldId)
  const [[ours], [theirs]] = [
    await world.timelines(first.game.worldId, [first.a], 10),
    await world.timelines(second.game.worldId, [second.a], 10),
  ]
  expect(ours).toHaveLength(5)
  expect(theirs).toHaveLength(6)
})

test('duplicates that a constraint does not allow do not stop it', async () => {
  const { game, a } = await setup()
  await game.run(
    `MATCH (w:World {world_id: $worldId}), (t:Timeline {entity_id: $id})
    CREATE (w)-[:CONTAINS_CHARACTER]->(:Character {character_id: $id, name: 'twin'})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $event, timestamp: '0001-06-01'})`,
    { id: a, event: `e1 ${game.worldId}` },
  )
  const report = await world.adopt(game.worldId)
  expect(report).toEqual({ ...nothing, members: 3, timelines: 3, events: 5, places: 9 })
  expect((await world.timelines(game.worldId, [a], 10))[0]).toHaveLength(6)
})

test('a world that does not exist is not adopted', async () => {
  await expect(world.adopt('no such world')).rejects.toMatchObject({ code: 'WorldNotFound' })
})
