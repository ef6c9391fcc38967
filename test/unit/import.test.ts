import { expect, test, vi } from 'vitest'
import { HearthError } from '../../model/errors.ts'
import type { FillProgress } from '../../world/import/fill.ts'
import { importFolder } from '../../world/import/import.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { folderOf } from '../support/folder-of.ts'

const entities = Array.from({ length: 7 }, (_, i) => ({
  id: `c${i}`,
  type: 'character',
  name: `C${i}`,
  props: { i },
}))
const events = ['0001', '0002', '0003'].map((year, i) => {
  return {
    event_id: `e${i}`,
    timestamp: `${year}-01-01T00:00:00`,
    participants: ['c0', 'nobody'],
    objects: ['c1'],
  }
})
const files = { 'entities.ndjson': entities, 'events.ndjson': events, 'meta.json': '{"name": "Village"}' }

test('a folder becomes a world, in batches, and progress is reported', async () => {
  const world = embeddedWorld()
  const putEntities = vi.spyOn(world, 'putEntities')
  const seen: FillProgress[] = []
  const onProgress = (progress: FillProgress) => seen.push(progress)
  const report = await importFolder({
    world,
    folder: await folderOf(files),
    worldId: 'w',
    batchSize: 3,
    onProgress,
  })

  expect(report).toEqual({ worldId: 'w', worldName: 'Village', entities: 7, events: 3 })
  expect(putEntities.mock.calls.map(([, batch]) => batch.length)).toEqual([3, 3, 1])
  expect(seen).toEqual([3, 6, 7, 10].map(done => ({ done, total: 10 })))
  const snapshot = {
    world_id: 'w',
    world_name: 'Village',
    world_status: 'active',
    current_time: '0003-01-01T00:00:00',
  }
  expect(await world.snapshot('w')).toMatchObject(snapshot)
  expect(await world.flags('w')).toEqual({})
  expect(await world.members('w', { limit: 10 })).toHaveLength(7)
  const [first, second, third] = await world.timelines('w', ['c0', 'c1', 'c2'], 10)
  expect(first?.map(event => event.event_id)).toEqual(['e2', 'e1', 'e0'])
  expect(second).toEqual(first)
  expect(third).toEqual([])
})

test("repeated, it changes nothing, and the world's own properties stay", async () => {
  const world = embeddedWorld()
  const folder = await folderOf(files)
  await world.saveSnapshot('w', { world_name: 'Mine', world_status: 'resting', metadata: { a: 1 } })
  await world.setFlags('w', { weather: 'storm' })
  const look = async () => ({
    snapshot: await world.snapshot('w'),
    flags: await world.flags('w'),
    entities: await world.entities('w', await world.members('w', { limit: 100 })),
    timelines: await world.timelines('w', ['c0', 'c1', 'c2'], 100),
  })
  await importFolder({ world, folder, worldId: 'w' })
  const once = await look()
  await importFolder({ world, folder, worldId: 'w' })

  expect(await look()).toEqual(once)
  expect(once.snapshot).toMatchObject({ world_name: 'Mine', world_status: 'resting', metadata: { a: 1 } })
  expect(once.snapshot?.current_time).toBe('0003-01-01T00:00:00')
  expect(once.flags).toEqual({ weather: 'storm' })
})

test('a bad line at the end of the last file means that nothing is written', async () => {
  const world = embeddedWorld()
  const folder = await folderOf({
    ...files,
    'events.ndjson': [...events, { event_id: 'e9', timestamp: 'x' }],
  })
  const importing = importFolder({ world, folder, worldId: 'w', batchSize: 1 })
  await expect(importing).rejects.toThrow('events.ndjson:4: timestamp')
  expect(await world.snapshot('w')).toBeNull()
})

test('a wrong world id or batch size is named', async () => {
  const world = embeddedWorld()
  const folder = await folderOf(files)
  const invalid = (message: string) =>
    expect.objectContaining({ code: 'InvalidInput', message: expect.stringContaining(message) })
  await expect(importFolder({ world, folder, worldId: '' })).rejects.toEqual(invalid('worldId'))
  await expect(importFolder({ world, folder, worldId: 'w', batchSize: 0 })).rejects.toEqual(
    invalid('batchSize'),
  )
  expect(await world.snapshot('w')).toBeNull()
})

test('a line that the world refuses is named, and the lines before it are written', async () => {
  const world = embeddedWorld()
  const { putEntities } = world
  const refusing = {
    ...world,
    async putEntities(worldId: string, batch: Parameters<typeof putEntities>[1]) {
      if (batch.some(({ id }) => id === 'c4')) throw new HearthError('WorldRefused', 'Neo4j: too large')
      await putEntities(worldId, batch)
    },
  }
  const folder = await folderOf(files)
  const error = await importFolder({ world: refusing, folder, worldId: 'w' }).catch(error => error)
  expect(error).toMatchObject({ name: 'HearthError', code: 'WorldRefused' })
  expect(error.message).toBe(
    `${folder}/entities.ndjson:5: Neo4j: too large; the lines before it are written: mend it and import again`,
  )
  expect((await world.members('w', { limit: 10 })).map(({ id }) => id)).toEqual(['c0', 'c1', 'c2', 'c3'])
})
