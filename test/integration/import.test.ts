import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type EntityType, entityTypes } from '../../model/world-data.ts'
import { importFolder } from '../../world/import/import.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { World } from '../../world/world.ts'
import { folderOf } from '../support/folder-of.ts'
import { neo4jAuth } from '../support/servers.ts'

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const isThere = existsSync(data)
if (!isThere) console.log('skipped: importing the real worlds of ../shared/data, which is not there')

/** The counts of a folder. */
const census = async (world: World, worldId: string) => {
  const members = await world.members(worldId, { limit: 10_000 })
  const ids = members.map(member => member.id)
  const timelines = await world.timelines(worldId, ids, 1000)
  const entities = await world.entities(worldId, members)
  const count = (type: EntityType) => members.filter(member => member.type === type).length
  return {
    ...Object.fromEntries(entityTypes.map(type => [type, count(type)])),
    timelines: timelines.filter(events => events !== null && events.length > 0).length,
    links: timelines.reduce((sum, events) => sum + (events?.length ?? 0), 0),
    longest: Math.max(...timelines.map(events => events?.length ?? 0)),
    all: {
      members,
      entities,
      timelines,
      snapshot: await world.snapshot(worldId),
      flags: await world.flags(worldId),
    },
  }
}

const makers: [string, () => Promise<World>][] = [
  ['the embedded world', async () => embeddedWorld()],
  ['an indexed world in Neo4j', async () => neo4j('indexed')],
  ['a plain world in Neo4j', async () => neo4j('plain')],
]
async function neo4j(graph: 'indexed' | 'plain'): Promise<World> {
  const world = neo4jWorld({ ...neo4jAuth(), graph })
  await world.schema()
  return world
}

/** Other tests may import the same entities, which a plain graph cannot distinguish, so these get their own ids. */
async function withOwnIds(folder: string, prefix: string): Promise<string> {
  const own = (id: string | null) => id && prefix + id
  const lines = async (file: string) => {
    const text = existsSync(join(folder, file)) ? await readFile(join(folder, file), 'utf8') : ''
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
  }
  return folderOf({
    'entities.ndjson': (await lines('entities.ndjson')).map(entity => ({ ...entity, id: own(entity.id) })),
    'events.ndjson': (await lines('events.ndjson')).map(event => ({
      ...event,
      event_id: own(event.event_id),
      participants: event.participants.map(own),
      objects: event.objects.map(own),
      location_id: own(event.location_id),
    })),
  })
}

/** A new Neo4j plans each query for the first time here, which takes seconds while other tests keep it busy. */
const timeout = 180_000

describe.skipIf(!isThere).each(makers)('importing a real world into %s', { timeout }, (_, makeWorld) => {
  const setup = async (name: string) => {
    const world = await makeWorld()
    onTestFinished(() => world.close())
    const prefix = `${randomUUID().slice(0, 13)} `
    return { world, prefix, worldId: `${name} ${prefix}`, folder: await withOwnIds(join(data, name), prefix) }
  }

  test('xah-atho is complete, and unchanged when it is imported again', async () => {
    const { world, prefix, worldId, folder } = await setup('xah-atho')
    const options = { world, folder, worldId }
    expect(await importFolder(options)).toEqual({ worldId, worldName: worldId, entities: 156, events: 157 })

    const once = await census(world, worldId)
    expect(once).toMatchObject({
      character: 97,
      location: 58,
      object: 1,
      timelines: 96,
      links: 279,
      longest: 36,
    })
    expect(once.all.snapshot).toMatchObject({ world_status: 'active', current_time: '0005-01-01T00:00:00' })
    const [site] = await world.timelines(worldId, [`${prefix}site_3`], 1000)
    expect(site).toHaveLength(36)
    const [dwarf] = await world.entities(worldId, [{ type: 'character', id: `${prefix}hf_0` }])
    expect(dwarf).toMatchObject({
      name: 'ana whisperedechoed',
      birth_year: '-210',
      sphere: ['caverns', 'theft'],
    })
    const places = once.all.entities.filter(entity => entity?.type === 'location')
    expect(places.filter(place => place?.['own_type'] !== undefined)).toHaveLength(58)

    await importFolder(options)
    expect(await census(world, worldId)).toEqual(once)
  })

  test('light, whose ids contain colons and spaces, is complete', async () => {
    const { world, prefix, worldId, folder } = await setup('light')
    await importFolder({ world, folder, worldId })
    expect(await census(world, worldId)).toMatchObject({
      character: 375,
      location: 201,
      object: 1808,
      links: 0,
    })
    const id = `${prefix}dragon-village:banjo the blacksmith_34`
    const [smith] = await world.entities(worldId, [{ type: 'character', id }])
    expect(smith).toMatchObject({ id, name: 'banjo the blacksmith', world: 'dragon-village', contains: 2 })
  })
})

test.skipIf(!isThere)('the folders are imported unchanged', async () => {
  for (const name of ['xah-atho', 'light']) {
    const world = embeddedWorld()
    await importFolder({ world, folder: join(data, name), worldId: name })
    const found = await census(world, name)
    const [events] = await world.timelines(name, ['site_3'], 1000)
    if (name === 'xah-atho') expect([found.timelines, events?.length]).toEqual([96, 36])
    else expect(found).toMatchObject({ character: 375, location: 201, object: 1808 })
  }
})
