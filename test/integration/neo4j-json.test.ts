import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Json, jsonText, parseJsonText } from '../../model/json.ts'
import type { Flags, NewEvent } from '../../model/world-data.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import type { Unreadable } from '../../world/unreadable.ts'
import { jsonTexts, unreadableTexts } from '../support/json-texts.ts'
import { kinds } from '../support/kinds.ts'
import { type Game, startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

let world: Neo4jWorld
beforeAll(() => {
  world = neo4jWorld(neo4jAuth())
})
afterAll(() => world.close())

async function play(): Promise<Game> {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  return game
}

/** All properties of the world's node in Neo4j. */
const nodeOf = async ({ run }: Game) => {
  const [row] = await run('MATCH (w:World {world_id: $worldId}) RETURN properties(w) AS node')
  return row?.['node'] as Record<string, unknown>
}
const outboxOf = async ({ run }: Game) => {
  const [row] = await run('MATCH (o:HearthOutbox {world_id: $worldId}) RETURN count(o) AS nodes')
  return row?.['nodes']
}
const refused = (property: string) => ({
  code: 'WorldRefused',
  message: expect.stringMatching(
    new RegExp(
      `^${property} of (world|event) ".*": what Neo4j holds there .*(position \\d+|deeper than)`,
      's',
    ),
  ),
})
const mapFields = ['metadata', 'active_characters', 'active_locations', 'active_objects'] as const

test('a write is refused if it would destroy text that cannot be read completely, and nothing changes', async () => {
  const game = await play()
  const { hearth } = openHearth({ world: neo4jWorld(neo4jAuth()) })
  const { worldId } = game
  for (const text of unreadableTexts) {
    await game.run(
      `MATCH (w:World {world_id: $worldId})
      SET w.world_flags = $text, w.evolution_schedule = $text, w += $fields`,
      { text, fields: Object.fromEntries(mapFields.map(name => [name, text])) },
    )
    await hearth.flags(worldId)
    const before = await nodeOf(game)
    const cached = await hearth.cache.keys.entry(kinds.flags, worldId, null)
    const cachedBefore = await hearth.cache.redis.get(cached.key)
    await expect(hearth.setFlags(worldId, { weather: 'storm' }), text).rejects.toMatchObject(
      refused('world_flags'),
    )
    for (const name of mapFields) {
      const saving = hearth.saveSnapshot(worldId, { world_name: 'Changed', [name]: { a: 1 } })
      await expect(saving, text).rejects.toMatchObject(refused(name))
    }
    if (/^\uFEFF?[[{]/.test(text) && !text.startsWith('["quest"]')) {
      const saving = hearth.saveSnapshot(worldId, { evolution_schedule: { every: 60 } })
      await expect(saving, text).rejects.toMatchObject(refused('evolution_schedule'))
    }
    expect(await nodeOf(game)).toEqual(before)
    expect(await hearth.cache.redis.get(cached.key)).toBe(cachedBefore)
    expect(await outboxOf(game)).toBe(0n)
  }
  await game.run('MATCH (w:World {world_id: $worldId}) SET w.world_flags = null')
  expect(await hearth.setFlags(worldId, { weather: 'storm' })).toEqual({ weather: 'storm' })
})

test('an event that is appended again is refused if its metadata or consequences cannot be read completely', async () => {
  const game = await play()
  const id = fresh('c')
  await game.addCharacter(id)
  await game.addEvent(`e ${id}`, '0120-03-01T12:00:00', [id])
  const again = (fields: Partial<NewEvent>): NewEvent => {
    return { event_id: `e ${id}`, timestamp: '0120-03-01T12:00:00', participants: [id], ...fields }
  }
  for (const text of ['{"guild":NaN}', '{"guild":1,', '["guild"]']) {
    await game.run('MATCH (e:TimelineEvent {event_id: $id}) SET e.metadata = $text', { id: `e ${id}`, text })
    const adding = world.addEvents(game.worldId, [again({ metadata: { guild: 2 } })])
    await expect(adding, text).rejects.toMatchObject(refused('metadata'))
  }
  await game.run(`MATCH (e:TimelineEvent {event_id: $id}) SET e.consequences = '{"fire": NaN}'`, {
    id: `e ${id}`,
  })
  const adding = world.addEvents(game.worldId, [again({ consequences: 'none' })])
  await expect(adding).rejects.toMatchObject(refused('consequences'))
  await world.addEvents(game.worldId, [again({ title: 'Renamed' })])
  const [[event] = []] = (await world.timelines(game.worldId, [id], 1)) as never[][]
  expect(event).toMatchObject({ title: 'Renamed', metadata: {}, consequences: { fire: null } })
})

test('NaN and infinities read as null; other unreadable properties are reported once, by metric and listener', async () => {
  const game = await play()
  const heard: Unreadable[] = []
  const { hearth } = openHearth({ world: neo4jWorld(neo4jAuth()), onUnreadable: what => heard.push(what) })
  await game.run(
    `MATCH (w:World {world_id: $worldId}) SET w.metadata = '{"a": [NaN, -Infinity, "NaN"]}', w.active_objects = '{"o',
      w.world_flags = '{"quest":"open","morale":NaN}', w.evolution_schedule = '{"every": '`,
  )
  for (let times = 0; times < 2; times++) {
    expect(await hearth.flags(game.worldId)).toEqual({ quest: 'open', morale: null })
    expect(await hearth.snapshot(game.worldId)).toMatchObject({
      metadata: { a: [null, null, 'NaN'] },
      active_objects: {},
      evolution_schedule: '{"every": ',
    })
    await hearth.invalidate(game.worldId, 'all')
  }
  const of = { worldId: game.worldId, of: 'World', id: null }
  const text = expect.stringMatching(/position \d+$/)
  expect(heard).toEqual([
    { ...of, property: 'evolution_schedule', reason: text, count: 1 },
    { ...of, property: 'active_objects', reason: text, count: 2 },
  ])
  const page = await hearth.metrics.registry.metrics()
  expect(page).toContain('lw_unreadable_properties_total{property="World.active_objects"} 1')
  expect(page).toContain('lw_unreadable_properties_total{property="World.evolution_schedule"} 1')
})

test('numbers keep their digits in Neo4j and in Redis; in JavaScript they are the numbers of JSON.parse', async () => {
  const game = await play()
  const id = fresh('c')
  await game.addCharacter(id)
  await game.run(
    `MATCH (w:World {world_id: $worldId}) SET w.world_flags = '{"seed":9007199254740993,"rate":1.0,"far":1e400}',
      w.metadata = '{"guild":1234567890123456789}' WITH w MATCH (w)-->(c:Character) SET c.seed = 9007199254740993`,
  )
  const { hearth } = openHearth({ world: neo4jWorld(neo4jAuth()) })
  const rounded = { seed: 2 ** 53, rate: 1, far: Number.POSITIVE_INFINITY }
  expect(await hearth.flags(game.worldId)).toEqual(rounded)
  expect(await hearth.setFlags(game.worldId, { weather: 'storm' })).toEqual({ ...rounded, weather: 'storm' })
  const text = '{"seed":9007199254740993,"rate":1.0,"far":1e400,"weather":"storm"}'
  const redis = hearth.cache.redis
  expect(await redis.get(hearth.cache.keys.entry(kinds.flags, game.worldId, null).key)).toBe(text)
  expect((await nodeOf(game))['world_flags']).toBe(text)

  const { metadata = {} } = (await hearth.snapshot(game.worldId)) ?? {}
  await hearth.saveSnapshot(game.worldId, { metadata: { ...metadata, size: 3 } })
  expect((await nodeOf(game))['metadata']).toBe('{"guild":1234567890123456789,"size":3}')
  expect(await redis.get(hearth.cache.keys.entry(kinds.snapshot, game.worldId, null).key)).toContain(
    ':1234567890123456789,',
  )

  const [given] = parseJsonText(
    `[{"event_id":"e ${id}","timestamp":"0120-03-01T12:00:00","participants":["${id}"],
      "emotional_impact":0.50,"metadata":{"guild":1234567890123456789,"share":1.0}}]`,
  ) as never[]
  const ref = { type: 'character', id } as const
  expect((await hearth.entity(game.worldId, ref))?.['seed']).toBe(2 ** 53)
  expect(await redis.get(hearth.cache.keys.entry(kinds.entity, game.worldId, ref).key)).toContain(
    '"seed":9007199254740993',
  )

  const timelineKey = hearth.cache.keys.entry(kinds.timeline, game.worldId, id).key
  expect(await hearth.timeline(game.worldId, id)).toEqual([])
  await hearth.appendEvents(game.worldId, [given as never])
  const metadataText = '"metadata":{"guild":1234567890123456789,"share":1.0}'
  expect(await redis.get(timelineKey)).toContain(metadataText) // prepended
  await hearth.invalidate(game.worldId, 'all')
  expect((await hearth.timeline(game.worldId, id))[0]?.metadata).toEqual({
    guild: 1234567890123456800,
    share: 1,
  })
  expect(await redis.get(timelineKey)).toContain(metadataText) // loaded from pending
  const { events } = await hearth.pending.first(game.worldId, 10)
  await world.addEvents(
    game.worldId,
    events.map(each => each.event),
  )
  await hearth.pending.forget(game.worldId, events)
  const [row] = await game.run('MATCH (e:TimelineEvent {event_id: $id}) RETURN e.metadata AS text', {
    id: `e ${id}`,
  })
  expect(row?.['text']).toBe('{"guild":1234567890123456789,"share":1.0}')
  const older = { event_id: `older ${id}`, timestamp: '0001-01-01', participants: [id] }
  await hearth.timeline(game.worldId, id)
  await hearth.appendEvents(game.worldId, [older])
  expect(await redis.get(timelineKey)).toContain(metadataText) // amended by decoding and encoding it
})

test('any JSON text in any property is read, and merged without loss or refused', async () => {
  const game = await play()
  const anyText = fc.oneof(
    jsonTexts,
    jsonTexts.map(text => `{"seed":${text}}`),
    fc.constantFrom(...unreadableTexts),
    fc.tuple(jsonTexts, fc.nat(200)).map(([text, length]) => text.slice(0, length)),
  )
  const texts = fc.sample(anyText, 150).filter(text => !/\p{Surrogate}/u.test(text))
  const ids = texts.map((_, i) => `${game.worldId} ${i}`)
  await game.run(
    `UNWIND range(0, size($ids) - 1) AS i
    CREATE (:World {world_id: $ids[i], world_flags: $texts[i], metadata: $texts[i], active_objects: $texts[i],
      evolution_schedule: $texts[i]})
    WITH i MATCH (w:World {world_id: $ids[0]})
    CREATE (w)-[:CONTAINS_CHARACTER]->(:Character {character_id: $ids[i], text: $texts[i]})
    CREATE (:Timeline {entity_id: $ids[i]})-[:CONTAINS_EVENT]->(:TimelineEvent {event_id: $ids[i],
      timestamp: '0120-03-01', metadata: $texts[i], consequences: $texts[i], participants: $texts[i], tags: $texts[i]})`,
    { ids, texts },
  )
  const [first = ''] = ids
  const entities = await world.entities(
    first,
    ids.map(id => ({ type: 'character', id })),
  )
  const timelines = await world.timelines(first, ids, 5)
  expect(entities.map(entity => entity?.id)).toEqual(ids)
  expect(timelines.map(timeline => timeline?.[0]?.event_id)).toEqual(ids)
  for (const [i, id] of ids.entries()) {
    const text = texts[i] ?? ''
    const whole = wholeMapOf(text)
    if (whole) {
      expect(jsonText(await world.flags(id))).toBe(jsonText(whole))
      expect(jsonText(timelines[i]?.[0]?.metadata)).toBe(jsonText(whole))
      expect(jsonText(timelines[i]?.[0]?.consequences)).toBe(jsonText(whole))
      const merged = await world.setFlags(id, { 'hearth test': true })
      const kept = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null))
      expect(jsonText(merged)).toBe(jsonText({ ...kept, 'hearth test': true }))
      continue
    }
    const writing = world.setFlags(id, { 'hearth test': true }).catch(error => error.code)
    const [row] = await game.run('MATCH (w:World {world_id: $id}) RETURN w.world_flags AS text', { id })
    const isNothing = text.trim() === '' || text.trim() === 'null'
    expect(await writing, text).toEqual(isNothing ? { 'hearth test': true } : 'WorldRefused')
    if (!isNothing) expect(row?.['text']).toBe(text)
  }
  const all = await Promise.all(ids.map(id => world.snapshot(id)))
  expect(all.map(snapshot => snapshot?.world_id)).toEqual(ids)
  for (const value of [entities, timelines, all]) expect(() => JSON.parse(jsonText(value))).not.toThrow()
})

/** The value of the text, if a write can keep all of it. */
function wholeMapOf(text: string): Flags | undefined {
  if (unreadableTexts.includes(text)) return undefined
  try {
    const value = parseJsonText(text) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) && Number.isNaN(Number(value))
      ? value
      : undefined
  } catch {
    return undefined
  }
}
