import { afterAll, beforeAll, expect, test } from 'vitest'
import { timelinesCypher } from '../../world/neo4j/timelines.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { type Game, type Operator, startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'

let world: Neo4jWorld
beforeAll(async () => {
  world = neo4jWorld(neo4jAuth())
  await world.schema()
})
afterAll(() => world.close())

/** A played world with one character, whose timeline has these events, one a year. */
async function setup({ years = 5, register }: { years?: number; register: (game: Game) => void }) {
  const game = await startGame(neo4jAuth())
  register(game)
  const id = `c ${game.worldId}`
  await game.addCharacter(id)
  const eventId = (year: number): string => `e${year} ${game.worldId}`
  const happens = (year: number) => game.addEvent(eventId(year), `000${year}-01-01T00:00:00`, [id])
  for (let year = 1; year <= years; year++) await happens(year)
  const read = async () =>
    (await world.timelines(game.worldId, [id], 100))[0]?.map(event => Number(event.timestamp.slice(0, 4)))
  const readBy = async (): Promise<'index' | 'sort'> =>
    wayOf(await game.profile(timelinesCypher({ timeline: true }), { ids: [id], limit: 100n }))
  return { game, id, eventId, happens, read, readBy, adopt: () => world.adopt(game.worldId) }
}

const ofKind = (plan: Operator[], name: RegExp): Operator[] =>
  plan.filter(operator => name.test(operator.name))
const rows = (operators: Operator[]): number => operators.reduce((sum, operator) => sum + operator.rows, 0)

/** Which of the two branches returned rows. */
function wayOf(plan: Operator[]): 'index' | 'sort' {
  const sought = rows(ofKind(plan, /RelationshipIndexSeek/))
  const sorted = rows(ofKind(plan, /^(Top|Sort|PartialTop|PartialSort)$/))
  expect(sought > 0).not.toBe(sorted > 0)
  return sought > 0 ? 'index' : 'sort'
}

const games: Game[] = []
const register = (game: Game) => games.push(game)
afterAll(async () => {
  for (const game of games) await game.close()
})

test("the game's own graph is sorted; after adoption it is read from the index", async () => {
  const { read, readBy, adopt } = await setup({ register })
  expect(await read()).toEqual([5, 4, 3, 2, 1])
  expect(await readBy()).toBe('sort')
  await adopt()
  expect(await read()).toEqual([5, 4, 3, 2, 1])
  expect(await readBy()).toBe('index')
})

test('an event that the game adds to an adopted timeline is not missed', async () => {
  const { read, readBy, adopt, happens } = await setup({ register })
  await adopt()
  await happens(6)
  expect(await read()).toEqual([6, 5, 4, 3, 2, 1])
  expect(await readBy()).toBe('sort')
  await adopt()
  expect(await read()).toEqual([6, 5, 4, 3, 2, 1])
  expect(await readBy()).toBe('index')
})

test('nor one that it adds after it has deleted another', async () => {
  const { game, eventId, read, readBy, adopt, happens } = await setup({ register })
  await adopt()
  await game.deleteEvent(eventId(3))
  expect(await read()).toEqual([5, 4, 2, 1])
  expect(await readBy()).toBe('index')
  await happens(6)
  expect(await read()).toEqual([6, 5, 4, 2, 1])
  expect(await readBy()).toBe('sort')
})

test('a partly adopted timeline is sorted as a whole, and adoption can be completed', async () => {
  const { game, read, readBy, adopt } = await setup({ register })
  const stop = new Error('enough')
  const halfway = world.adopt(game.worldId, {
    batchSize: 2,
    onProgress: soFar => {
      if (soFar.places === 2) throw stop
    },
  })
  await expect(halfway).rejects.toBe(stop)
  const [counted] = await game.run(
    'MATCH ()-[r:CONTAINS_EVENT {world_id: $worldId}]->() RETURN count(r) AS adopted',
  )
  expect(counted).toEqual({ adopted: 2n })
  expect(await read()).toEqual([5, 4, 3, 2, 1])
  expect(await readBy()).toBe('sort')
  await adopt()
  expect(await read()).toEqual([5, 4, 3, 2, 1])
  expect(await readBy()).toBe('index')
})

test('an event whose relationship was removed is gone, and adoption removes its mark', async () => {
  const { game, eventId, read, readBy, adopt, happens } = await setup({ register })
  await adopt()
  await game.run('MATCH (:TimelineEvent {event_id: $id})<-[r:CONTAINS_EVENT]-() DELETE r', { id: eventId(2) })
  expect(await read()).toEqual([5, 4, 3, 1])
  expect(await readBy()).toBe('sort')
  expect((await adopt()).leftovers).toBe(1)
  expect(await readBy()).toBe('index')
  await happens(6)
  expect(await read()).toEqual([6, 5, 4, 3, 1])
})

test('events that Hearth writes into an adopted world are indexed; an event whose time changes moves', async () => {
  const { game, id, eventId, read, readBy, adopt } = await setup({ register })
  await adopt()
  const added = { event_id: eventId(9), timestamp: '0009-01-01T00:00:00', participants: [id] }
  await world.addEvents(game.worldId, [added])
  expect(await read()).toEqual([9, 5, 4, 3, 2, 1])
  await world.addEvents(game.worldId, [{ event_id: added.event_id, timestamp: '0004-06-01T00:00:00' }])
  expect(await read()).toEqual([5, 4, 4, 3, 2, 1])
  expect(await readBy()).toBe('index')
})

test('an event of the game that Hearth appends again stays one event', async () => {
  const { game, id, eventId, read } = await setup({ register })
  const told = { event_id: eventId(3), timestamp: '0003-01-01T00:00:00', participants: [id], title: 'Told' }
  await world.addEvents(game.worldId, [told])
  expect(await read()).toEqual([5, 4, 3, 2, 1])
  const [timeline] = await world.timelines(game.worldId, [id], 100)
  expect(timeline?.map(event => event.title)).toContain('Told')
})

test('several timelines of one entity are merged', async () => {
  const { game, id, eventId, read, adopt } = await setup({ register })
  await game.run(
    `CREATE (t:Timeline {entity_id: $id}) WITH t
    MATCH (e:TimelineEvent {event_id: $both}) CREATE (t)-[:CONTAINS_EVENT]->(e)
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $alone, timestamp: '0008-01-01'})`,
    { id, both: eventId(5), alone: eventId(8) },
  )
  expect(await read()).toEqual([8, 5, 4, 3, 2, 1])
  await adopt()
  expect(await read()).toEqual([8, 5, 4, 3, 2, 1])
})

test('unreadable and missing timestamps are the oldest, in the index as in the sort', async () => {
  const { game, id, eventId, adopt } = await setup({ years: 2, register })
  await game.addEvent(eventId(7), 'once upon a time', [id])
  await game.run(
    `MATCH (t:Timeline {entity_id: $id})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $none})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $zoned, timestamp: datetime('0001-06-01T00:00+02:00')})`,
    { id, none: eventId(6), zoned: eventId(8) },
  )
  const read = async () => (await world.timelines(game.worldId, [id], 9))[0]?.map(event => event.timestamp)
  const all = [
    '0002-01-01T00:00:00',
    '0001-06-01T00:00:00+02:00',
    '0001-01-01T00:00:00',
    'once upon a time',
    '',
  ]
  expect(await read()).toEqual(all)
  await adopt()
  expect(await read()).toEqual(all)
})

test('the newest events of a long timeline cost as much as those of a short one, without sorting', async () => {
  const { game, id: short, adopt } = await setup({ years: 0, register })
  const long = `long ${game.worldId}`
  await game.addCharacter(long)
  await adopt()
  for (const [id, size] of [
    [short, 1_000],
    [long, 20_000],
  ] as const) {
    await game.run(
      `MATCH (t:Timeline {world_id: $worldId, entity_id: $id})
      UNWIND range(1, $size) AS i
      CALL (t, i) {
        CREATE (e:TimelineEvent {world_id: $worldId, event_id: $id + i, timestamp: toString(datetime({epochSeconds: i}))})
        CREATE (t)-[:CONTAINS_EVENT {world_id: $worldId, entity_id: $id, at: i * 1000000, event_id: $id + i}]->(e)
        CREATE (e)-[:INDEXED_ON]->(t)
      } IN TRANSACTIONS OF 10000 ROWS`,
      { id, size: BigInt(size) },
    )
  }
  const hitsOf = async (id: string): Promise<number> => {
    const plan = await game.profile(timelinesCypher({ timeline: true }), { ids: [id], limit: 20n })
    expect(wayOf(plan)).toBe('index')
    expect(rows(ofKind(plan, /RelationshipIndexSeek/))).toBe(20)
    return plan.reduce((sum, operator) => sum + operator.hits, 0)
  }
  const [ofShort, ofLong] = [await hitsOf(short), await hitsOf(long)]
  console.log(`top 20 of 1,000: ${ofShort} db hits; of 20,000: ${ofLong}`)
  expect(ofLong).toBeLessThanOrEqual(2 * ofShort)
  const [timeline] = await world.timelines(game.worldId, [long], 20)
  expect(timeline?.map(event => event.event_id)).toEqual(
    Array.from({ length: 20 }, (_, i) => `${long}${20_000 - i}`),
  )
})

test('a chunk reads each label at most once, however many entities it names', async () => {
  const { game, id } = await setup({ register })
  const others = Array.from({ length: 50 }, (_, i) => `other ${i} ${game.worldId}`)
  for (const other of others) await game.addCharacter(other)
  for (const timeline of [true, false]) {
    const plan = await game.profile(timelinesCypher({ timeline }), { ids: [id, ...others], limit: 5n })
    expect(rows(ofKind(plan, /AllNodesScan|RelationshipTypeScan|RelationshipIndexScan/))).toBe(0)
    expect(ofKind(plan, /^Top$/)).toHaveLength(1)
    const scanned = rows(ofKind(plan, /Scan$/))
    const [{ all } = {}] = await game.run(
      'MATCH (n:World|Character|Location|Object|Timeline) RETURN count(n) AS all',
    )
    expect(scanned).toBeLessThanOrEqual(Number(all))
  }
})
