import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { meansPrivate } from '../../model/privacy.ts'
import { connect } from '../../world/neo4j/connection.ts'
import { isPublic } from '../../world/neo4j/graph.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'

/** Values that a game may have written, in Cypher, of every type that Neo4j has. */
const privateMarks = [
  ...['true', '1', '-1', '0.5', '0.0 / 0.0', '1.0 / 0.0', "'true'", "'True'", "'1'", "'yes'", "'no'", "' '"],
  ...[
    '[false]',
    '[]',
    "['false']",
    "date('2020-01-01')",
    "datetime('0001-01-01T00:00Z')",
    "duration('PT0S')",
  ],
  ...['point({x: 0, y: 0})', "localtime('00:00')", "'null'"],
]
const publicMarks = ['false', '0', '0.0', '-0.0', "'false'", "'False'", "'FALSE'", "'0'", "''", 'null']

test("a game's node is hidden if its mark may mean private, in the sort and in the index; otherwise it is shown", async () => {
  const world = neo4jWorld(neo4jAuth())
  onTestFinished(() => world.close())
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  const id = `c ${game.worldId}`
  await game.addCharacter(id)
  const marks = [...privateMarks, ...publicMarks]
  const idOf = (i: number) => `${String(i).padStart(2, '0')} ${id}`
  await game.run(
    `MATCH (w:World {world_id: $worldId}), (t:Timeline {entity_id: $id})
    WITH w, t, [${marks.join(', ')}] AS marks
    UNWIND range(0, size(marks) - 1) AS i
    CREATE (w)-[:CONTAINS_OBJECT]->(:Object {object_id: $ids[i], private: marks[i]})
    CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $ids[i], timestamp: '0001-01-01', private: marks[i]})`,
    { id, ids: marks.map((_, i) => idOf(i)) },
  )
  const shown = publicMarks.map((_, i) => idOf(privateMarks.length + i))
  const refs = marks.map((_, i) => ({ type: 'object', id: idOf(i) }) as const)
  const look = async () => {
    const entities = await world.entities(game.worldId, refs)
    const members = await world.members(game.worldId, { limit: 1_000 })
    const [timeline] = await world.timelines(game.worldId, [id], 1_000)
    return {
      entities: entities.flatMap(entity => entity?.id ?? []),
      members: members.flatMap(member => (member.type === 'object' ? member.id : [])),
      events: timeline?.map(event => event.event_id).toSorted(),
    }
  }
  expect(await look()).toEqual({ entities: shown, members: shown, events: shown })
  await world.adopt(game.worldId)
  expect(await look()).toEqual({ entities: shown, members: shown, events: shown })
})

test('JavaScript and Cypher regard the same marks as private, for any value', async () => {
  const neo4j = connect(neo4jAuth())
  onTestFinished(() => neo4j.close())
  const likely = fc.constantFrom(
    'false',
    'FALSE',
    'fAlse',
    'true',
    '0',
    '00',
    '0.0',
    '-0',
    '-0.0',
    ' 0',
    '',
    'ﬀalse',
  )
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    likely,
    fc.double(),
    fc.constantFrom(0, -0, 0n, 1n, true, false, null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  )
  const marks = fc.sample(
    fc.oneof({ weight: 9, arbitrary: scalar }, fc.array(likely, { maxLength: 2 })),
    2_000,
  )
  const rows = await neo4j.read(
    `UNWIND range(0, size($marks) - 1) AS i WITH i, {private: $marks[i]} AS m
    RETURN NOT ${isPublic('m')} AS isPrivate ORDER BY i`,
    { marks },
  )
  expect(rows.map(row => row['isPrivate'])).toEqual(marks.map(meansPrivate))
  expect(new Set(rows.map(row => row['isPrivate'])).size).toBe(2)
})
