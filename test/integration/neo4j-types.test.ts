import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Json, jsonText, parseJsonText } from '../../model/json.ts'
import type { Snapshot } from '../../model/world-data.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import type { Unreadable } from '../../world/unreadable.ts'
import { type Game, startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

let world: Neo4jWorld
const reported: Unreadable[] = []
beforeAll(() => {
  world = neo4jWorld(neo4jAuth())
  world.onUnreadable?.(what => reported.push(what))
})
afterAll(() => world.close())

async function play(): Promise<Game> {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  return game
}

test('properties keep their types: INTEGER, FLOAT, DATETIME, LOCAL DATETIME and text', async () => {
  const game = await play()
  const id = fresh('c')
  await game.addCharacter(id)
  await game.run(
    `MATCH (w:World {world_id: $worldId}) SET w.last_updated = datetime('2020-01-01T00:00Z'),
      w.current_time = localdatetime('0120-03-01T12:00'), w.last_evolution = datetime('2020-06-01T12:00[Europe/Paris]')
    CREATE (e:TimelineEvent {event_id: $event, timestamp: localdatetime('0120-03-01T12:00'), emotional_impact: 1,
      significance_level: 5.0, consequences: '1234567890123456789'})
    WITH w, e MATCH (w)-->(c:Character), (t:Timeline {entity_id: $id}) CREATE (t)-[:CONTAINS_EVENT]->(e)
    SET c.level = 7, c.hp = 5.0, c.born = date('0090-01-01')`,
    { id, event: `e ${id}` },
  )
  const typesOf = async (node: string, names: string[]) => {
    const types = names.map(name => `valueType(n.${name}) AS ${name}`)
    const [row] = await game.run(`MATCH ${node} RETURN ${types.join(', ')}`, { id, event: `e ${id}` })
    return Object.fromEntries(
      Object.entries(row ?? {}).map(([name, type]) => [name, String(type).replaceAll(' NOT NULL', '')]),
    )
  }
  const [[before] = []] = (await world.timelines(game.worldId, [id], 1)) as { consequences: Json }[][]
  expect(before?.consequences).toBe('1234567890123456789')

  await world.setFlags(game.worldId, { a: 1 })
  const times: Partial<Snapshot> = {
    current_time: '0121-03-01T12:00:00',
    last_evolution: '2021-06-01T10:00:00Z',
  }
  expect(await world.saveSnapshot(game.worldId, times)).toMatchObject(times)
  expect(
    await typesOf('(n:World {world_id: $worldId})', ['last_updated', 'current_time', 'last_evolution']),
  ).toEqual({
    last_updated: 'ZONED DATETIME',
    current_time: 'LOCAL DATETIME',
    last_evolution: 'ZONED DATETIME',
  })
  await expect(world.saveSnapshot(game.worldId, { current_time: 'the third day' })).rejects.toMatchObject({
    code: 'WorldRefused',
    message: expect.stringMatching(/^current_time of world .* must be ISO text, .* not "the third day"/),
  })

  await world.addEvents(game.worldId, [
    {
      event_id: `e ${id}`,
      timestamp: '0121-03-01T14:00:00+02:00',
      emotional_impact: 0,
      significance_level: 6,
      consequences: '9876543210987654321',
      participants: [id],
    },
  ])
  const fields = ['timestamp', 'emotional_impact', 'significance_level', 'consequences']
  expect(await typesOf('(n:TimelineEvent {event_id: $event})', fields)).toEqual({
    timestamp: 'LOCAL DATETIME',
    emotional_impact: 'INTEGER',
    significance_level: 'FLOAT',
    consequences: 'STRING',
  })
  const [[after] = []] = (await world.timelines(game.worldId, [id], 1)) as never[][]
  expect(after).toMatchObject({ timestamp: '0121-03-01T12:00:00', consequences: '9876543210987654321' })

  const props = parseJsonText(
    '{"level":8,"hp":6,"born":"0091-01-01","big":9007199254740993,"whole":2.0,"huge":12345678901234567890,"bigs":[1,9007199254740993]}',
  ) as Record<string, Json>
  await world.putEntities(game.worldId, [{ type: 'character', id, name: null, props }])
  const names = ['level', 'hp', 'born', 'big', 'whole', 'huge', 'bigs']
  expect(await typesOf('(n:Character {character_id: $id})', names)).toEqual({
    level: 'INTEGER',
    hp: 'FLOAT',
    born: 'DATE',
    big: 'INTEGER',
    whole: 'FLOAT',
    huge: 'STRING',
    bigs: 'LIST<INTEGER>',
  })
  const [entity] = await world.entities(game.worldId, [{ type: 'character', id }])
  expect(jsonText(entity)).toContain('"big":9007199254740993')
  expect(jsonText(entity)).toContain('"bigs":[1,9007199254740993]')
})

test('consequences of every JSON shape read back as they were given', async () => {
  const game = await play()
  const id = fresh('c')
  await game.addCharacter(id)
  const given: Json[] = [
    '123',
    '-0.5',
    'true',
    'null',
    '',
    '{"a":1}',
    '[1',
    '"',
    'They fled',
    123,
    0.5,
    true,
    false,
    null,
  ]
  const shapes: Json[] = [...given, { a: [1, null] }, [1, 'x'], [], {}, '{"a": NaN}', '\uFEFF{}']
  await world.addEvents(
    game.worldId,
    shapes.map((consequences, i) => {
      const order = String(shapes.length - i).padStart(2, '0')
      return { event_id: `${id} ${order}`, timestamp: '0120-03-01', participants: [id], consequences }
    }),
  )
  const [timeline] = await world.timelines(game.worldId, [id], 100)
  expect(timeline?.map(event => event.consequences)).toEqual(shapes)
})

test('every type of property has a JSON value or its text, and a bad one does not fail its batch', async () => {
  const game = await play()
  const [id, neighbour] = [fresh('c'), fresh('c')]
  await game.addCharacter(id)
  await game.addCharacter(neighbour, { name: 'N' })
  const types: [string, Json][] = [
    ["datetime({year: 300000, timezone: 'Europe/Paris'})", '+300000-01-01T00:00:00+01:00[Europe/Paris]'],
    ["[datetime({year: 300000, timezone: 'Europe/Paris'}), datetime('2020-01-01T00:00Z')]", null],
    ["datetime({year: -300000, timezone: '+01:00'})", '-300000-01-01T00:00:00+01:00'],
    ['localdatetime({year: 999999999})', '+999999999-01-01T00:00:00'],
    ['date({year: -999999999})', '-999999999-01-01'],
    ["duration('P1Y2M3DT4H5M6.5S')", 'P1Y2M3DT4H5M6.5S'],
    ["time('12:00:00.5+01:00')", '12:00:00.5+01:00'],
    ["[localtime('01:02'), localtime('03:04')]", ['01:02:00', '03:04:00']],
    ["[duration('P1D'), duration('PT1S')]", ['P1D', 'PT1S']],
    ['point({x: 1, y: 2, z: 3})', { srid: 9157, x: 1, y: 2, z: 3 }],
    ['[point({x: 1, y: 2})]', [{ srid: 7203, x: 1, y: 2 }]],
    ['0.0 / 0.0', null],
    ['[1.5, 0.0 / 0.0]', [1.5, null]],
    ['9223372036854775807', Number(2n ** 63n)],
    ['[-9223372036854775807]', [-Number(2n ** 63n)]],
    ['$bytes', 'AQIDgA=='],
    ['$deep', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['$long', 'x'.repeat(1_000_000)],
    ['[]', []],
    ['[true, false]', [true, false]],
  ]
  const sets = types.map(([cypher], i) => `c.p${i} = ${cypher}`)
  await game.run(`MATCH (c:Character {character_id: $id}) SET ${sets.join(', ')}`, {
    id,
    bytes: Int8Array.of(1, 2, 3, -128),
    long: 'x'.repeat(1_000_000),
    deep: '['.repeat(20_000) + ']'.repeat(20_000),
  })
  const refs = [id, neighbour].map(each => ({ type: 'character', id: each }) as const)
  const [odd, sound] = await world.entities(game.worldId, refs)
  expect(sound).toEqual({ id: neighbour, type: 'character', name: 'N' })
  const read = JSON.parse(jsonText(odd)) as Record<string, Json>
  types.forEach(([cypher, expected], i) => {
    if (i !== 1) expect(read[`p${i}`], cypher).toEqual(expected)
  })
  expect(read['p1']).toEqual(['+300000-01-01T00:00:00+01:00[Europe/Paris]', '2020-01-01T00:00:00Z'])
  expect(jsonText(odd)).toContain('"p13":9223372036854775807')
  expect(reported.filter(what => what.id === id)).toEqual([
    expect.objectContaining({
      of: 'Character',
      property: 'p16',
      reason: expect.stringMatching(/nests deeper/),
    }),
  ])
})

test('a property of any type in any field of an event gives an event of the right shape', async () => {
  const game = await play()
  const id = fresh('c')
  await game.addCharacter(id)
  const values = [
    "datetime({year: 300000, timezone: 'Europe/Paris'})",
    "duration('P1D')",
    'point({x: 1, y: 2})',
    '0.0 / 0.0',
    '9223372036854775807',
    '[1, 2]',
    'true',
    "'{'",
    '$deep',
    '$bytes',
  ]
  const fields = ['event_type', 'title', 'participants', 'location_id', 'consequences', 'emotional_impact']
  const all = [...fields, 'significance_level', 'tags', 'metadata', 'description', 'timestamp']
  const creates = values.map(
    (value, i) =>
      `CREATE (t)-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: '${i}', ${all.map(name => `${name}: ${value}`)}})`,
  )
  await game.run(`MATCH (t:Timeline {entity_id: $id}) ${creates.join('\n')}`, {
    id,
    bytes: Int8Array.of(1),
    deep: '['.repeat(20_000) + ']'.repeat(20_000),
  })
  const [timeline] = await world.timelines(game.worldId, [id], 100)
  expect(timeline).toHaveLength(values.length)
  for (const event of timeline ?? []) {
    expect(Array.isArray(event.participants) && Array.isArray(event.tags)).toBe(true)
    expect(typeof event.metadata).toBe('object')
    expect(() => JSON.parse(jsonText(event))).not.toThrow()
  }
  expect(reported.some(what => what.of === 'TimelineEvent' && what.property === 'metadata')).toBe(true)
})
