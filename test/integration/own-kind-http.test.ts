import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineKind } from '../../index.ts'
import { ask, openPages } from '../support/http.ts'
import { openQuests, playQuests, well } from '../support/own-kind.ts'

/** The pages of a hearth that knows quests, with the game's Neo4j. */
async function openQuestPages() {
  const { worldId } = await playQuests()
  const { quests, world } = openQuests()
  const pages = await openPages({ hearth: { world, kinds: [quests] } })
  return { ...pages, quests, worldId, at: `${pages.api}/worlds/${worldId}` }
}

test('quests have a route for one and for many, are in the OpenAPI document, and can be invalidated by HTTP', async () => {
  const { at, url, hearth, quests, worldId, api } = await openQuestPages()
  expect(await ask(`${at}/quests/c1`)).toMatchObject({ status: 200, json: [well] })
  expect(await ask(`${at}/quests/c2`)).toMatchObject({ status: 404, json: { code: 'NotFound' } })
  const many = await ask(`${at}/quests/read`, { body: { ids: ['c1', 'c2'] } })
  expect(many).toMatchObject({ status: 200, json: { values: { c1: [well], c2: null } } })
  expect(await ask(`${at}/quests/read`, { body: { entityIds: ['c1'] } })).toMatchObject({ status: 400 })
  expect(await hearth.read(quests, worldId, 'c1')).toEqual([well])

  const { paths } = (await ask(`${url}/docs/json`)).json
  const one = paths['/api/v1/worlds/{worldId}/quests/{entityId}'].get
  expect(one.responses['200'].content['application/json'].schema.items.required).toEqual([
    'quest_id',
    'title',
    'state',
  ])
  expect(paths['/api/v1/worlds/{worldId}/quests/read'].post.requestBody).toBeDefined()

  const stale = { changes: [{ kind: 'stale', of: 'quests', ids: ['c1'] }] }
  expect(await ask(`${at}/changes`, { body: stale })).toMatchObject({ json: { outcome: 'invalidated' } })
  await hearth.read(quests, worldId, 'c1')
  const targets = { targets: [{ kind: 'quests', id: 'c1' }] }
  expect(await ask(`${at}/invalidate`, { body: targets })).toMatchObject({ json: { existed: 1 } })
  expect(await ask(`${at}/invalidate`, { body: { targets: [{ kind: 'quests' }] } })).toMatchObject({
    status: 400,
  })

  await ask(`${at}/quests/c1`)
  const entitiesHere = async () =>
    (await ask(`${api}/search?q=c1`)).json.entities.filter(
      (one: { worldId: string }) => one.worldId === worldId,
    )
  await hearth.cache.activeWorlds.touch(worldId) // only active worlds are searched for an entity
  expect(await entitiesHere()).toMatchObject([{ worldId, what: 'quests' }])
})

test('quests are counted by the metrics, the overview and the count of entries', async () => {
  const { at, hearth, quests, worldId, api } = await openQuestPages()
  await ask(`${at}/quests/c1`)
  await hearth.read(quests, worldId, 'c1')
  await hearth.cache.readCounts.flush()
  const metrics = await hearth.metrics.registry.metrics()
  expect(metrics).toContain('lw_cache_hits_total{kind="quests",level="redis"} 1')
  expect(metrics).toContain('lw_cache_misses_total{kind="quests"} 1')
  await expect
    .poll(async () => (await ask(`${api}/overview`)).json.reads.kinds, { timeout: 15_000 })
    .toContainEqual({ kind: 'quests', hits: 1, misses: 1 })
  await expect
    .poll(
      async () => {
        const { worlds } = (await ask(`${api}/overview`)).json
        return worlds.find(({ id }: { id: string }) => id === worldId)
      },
      { timeout: 15_000 },
    )
    .toMatchObject({ present: 1 })
})

test('a kind of the world and one with types have their routes too', async () => {
  const tax = defineKind({
    name: 'tax',
    per: 'world',
    value: z.object({ rate: z.number() }),
    ttlMs: null,
    load: async () => [{ rate: 7 }],
    http: { path: 'taxes', one: 'tax' },
  })
  const moods = defineKind({
    name: 'moods',
    per: 'typed-entity',
    value: z.object({ mood: z.string() }),
    ttlMs: 60_000,
    load: async (_source, _worldId, refs) => refs.map(({ id }) => (id === 'no' ? null : { mood: id })),
  })
  const kinds = [tax, moods]
  const { api } = await openPages({ hearth: { kinds } })
  const at = `${api}/worlds/w1`
  expect((await ask(`${at}/taxes`)).json).toEqual({ tax: { rate: 7 } })
  expect((await ask(`${at}/moods/location/l1`)).json).toEqual({ mood: 'l1' })
  const refs = [
    { type: 'character', id: 'c1' },
    { type: 'object', id: 'no' },
  ]
  expect((await ask(`${at}/moods/read`, { body: { refs } })).json).toEqual({ values: [{ mood: 'c1' }, null] })
})
