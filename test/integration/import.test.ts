import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { embeddedWorld } from '../../world/embedded.ts'
import { importFolder } from '../../world/import.ts'
import { type EntityType, entityTypes, type World } from '../../world/world.ts'

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const isThere = existsSync(data)
if (!isThere) console.log('skipped: importing the real worlds of ../shared/data, which is not there')

/** How much of each there is. */
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

const worlds: [string, () => Promise<World>][] = [['the embedded world', async () => embeddedWorld()]]

describe.skipIf(!isThere).each(worlds)('importing a real world into %s', (_, makeWorld) => {
  test('xah-atho is whole, and stays as it is when it is imported again', async () => {
    const world = await makeWorld()
    const worldId = 'xah-atho'
    const options = { world, folder: `${data}xah-atho`, worldId, batchSize: 50 }
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
    const [site] = await world.timelines(worldId, ['site_3'], 1000)
    expect(site).toHaveLength(36)
    const [dwarf] = await world.entities(worldId, [{ type: 'character', id: 'hf_0' }])
    expect(dwarf).toMatchObject({
      name: 'ana whisperedechoed',
      birth_year: '-210',
      sphere: ['caverns', 'theft'],
    })

    await importFolder(options)
    expect(await census(world, worldId)).toEqual(once)
    await world.close()
  })

  test('light, whose ids hold colons and spaces, is whole', async () => {
    const world = await makeWorld()
    await importFolder({ world, folder: `${data}light`, worldId: 'light' })
    expect(await census(world, 'light')).toMatchObject({
      character: 375,
      location: 201,
      object: 1808,
      links: 0,
    })
    const id = 'dragon-village:banjo the blacksmith_34'
    const [smith] = await world.entities('light', [{ type: 'character', id }])
    expect(smith).toMatchObject({ id, name: 'banjo the blacksmith', world: 'dragon-village', contains: 2 })
    await world.close()
  })
})
