import { expect, onTestFinished, test } from 'vitest'
import type { OwnCypher } from '../../world/neo4j/own-cypher.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth } from '../support/servers.ts'

function withCypher(cypher: Partial<OwnCypher>) {
  const world = neo4jWorld({ ...neo4jAuth(), cypher })
  onTestFinished(() => world.close())
  return world
}

/** Queries that need no graph at all. */
const own: OwnCypher = {
  flags: `RETURN {weather: 'storm', password: 'x'} AS flags`,
  snapshot: `RETURN $worldId AS world_id, 'Mine' AS world_name, null AS world_status,
    datetime('0005-01-01T00:00Z') AS current_time, null AS last_evolution, null AS evolution_schedule,
    '{"c1": {"name": "C"}}' AS active_characters, {l1: {name: 'L'}} AS active_locations, null AS active_objects,
    'no json' AS metadata`,
  characters: "UNWIND $ids AS id WITH id WHERE id <> 'nobody' RETURN id, 'C' AS name, {age: 5} AS properties",
  locations: 'UNWIND [] AS id RETURN id, id AS name, id AS properties',
  objects: 'UNWIND [] AS id RETURN id, id AS name, id AS properties',
  timelines: `UNWIND $ids AS entity_id WITH entity_id WHERE entity_id <> 'nobody'
    UNWIND CASE entity_id WHEN 'idle' THEN [null] ELSE ['0001', '0003', '0002'] END AS year
    RETURN entity_id, 'e' + year AS event_id, null AS event_type, year AS title, null AS description,
      year + '-01-01' AS timestamp, [entity_id] AS participants, null AS location_id, null AS consequences,
      0.5 AS emotional_impact, 3 AS significance_level, ['t'] AS tags, '{"a":1}' AS metadata, 1 AS more`,
  members: `UNWIND ['c1', 'c2'] AS id WITH id WHERE $type = 'character' AND id > $afterId
    RETURN id, id = 'c1' AS active ORDER BY id LIMIT $limit`,
}

test('every read can be replaced', async () => {
  const world = withCypher(own)
  await world.ready()
  expect(await world.flags('w')).toEqual({ weather: 'storm' })
  expect(await world.snapshot('w')).toMatchObject({
    world_id: 'w',
    world_name: 'Mine',
    current_time: '0005-01-01T00:00:00Z',
    metadata: {},
    active_characters: { c1: { name: 'C' } },
    active_locations: { l1: { name: 'L' } },
    active_objects: {},
  })
  const refs = [
    { type: 'character', id: 'nobody' },
    { type: 'character', id: 'c1' },
  ] as const
  expect(await world.entities('w', refs)).toEqual([null, { id: 'c1', type: 'character', name: 'C', age: 5 }])
  const [idle, nobody, busy] = await world.timelines('w', ['idle', 'nobody', 'c1'], 2)
  expect([idle, nobody]).toEqual([[], null])
  expect(busy?.map(event => event.event_id)).toEqual(['e0003', 'e0002'])
  expect(busy?.[0]).toMatchObject({ metadata: { a: 1 }, significance_level: 3, tags: ['t'] })
  expect(busy?.[0]).not.toHaveProperty('more')
  const first = await world.members('w', { limit: 1 })
  expect(first).toEqual([{ type: 'character', id: 'c1', active: true }])
  expect(await world.members('w', { after: { type: 'character', id: 'c1' }, limit: 9 })).toEqual([
    { type: 'character', id: 'c2', active: false },
  ])
})

test('data marked as private is left out, even if the query returns it', async () => {
  const world = withCypher({
    characters: `UNWIND $ids AS id RETURN id, id AS name, {private: id} AS properties`,
    timelines: own.timelines.replace(
      '1 AS more',
      "CASE year WHEN '0003' THEN 'true' WHEN '0002' THEN 'false' END AS private",
    ),
  })
  const refs = ['1', '0'].map(id => ({ type: 'character', id }) as const)
  expect((await world.entities('w', refs)).map(entity => entity?.id)).toEqual([undefined, '0'])
  const [timeline] = await world.timelines('w', ['c1'], 9)
  expect(timeline?.map(event => event.event_id)).toEqual(['e0002', 'e0001'])
})

test('a wrong column is an error at start, which names the read, the column and the columns that were found', async () => {
  const wrong: [keyof OwnCypher, string, RegExp][] = [
    ['flags', 'RETURN {} AS flag', /cypher\.flags: lacks the column flags; it returns flag$/],
    ['snapshot', 'RETURN $worldId AS world_id', /cypher\.snapshot: lacks the columns world_name, .*metadata/],
    [
      'characters',
      'UNWIND $ids AS id RETURN id, {} AS properties',
      /cypher\.characters: lacks the column name/,
    ],
    [
      'timelines',
      own.timelines.replace('AS timestamp', 'AS time'),
      /cypher\.timelines: lacks the column timestamp/,
    ],
    ['members', 'RETURN 1 AS id', /cypher\.members: lacks the column active/],
    ['objects', 'RETRUN 1', /cypher\.objects: Neo4j refuses it: .*RETRUN/],
  ]
  for (const [read, cypher, message] of wrong) {
    const ready = withCypher({ [read]: cypher }).ready()
    await expect(ready).rejects.toMatchObject({
      code: 'ColumnMismatch',
      message: expect.stringMatching(message),
    })
  }
})

test('checking a query does not run it', async () => {
  const world = withCypher({ flags: 'UNWIND [1 / 0] AS flags RETURN flags' })
  await world.ready()
  await expect(world.flags('w')).rejects.toMatchObject({ code: 'WorldUnavailable' })
})
