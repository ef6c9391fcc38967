import { expect, test } from 'vitest'
import { z } from 'zod'
import { createKeys } from '../../cache/keys.ts'
import { targetOfKey } from '../../cache/world-walk.ts'
import { createProgram } from '../../cli/program.ts'
import { checkConfig } from '../../config/define.ts'
import { defineKind, type Kind, type KindDefinition, type Per } from '../../model/kind.ts'
import { createKinds } from '../../model/kinds.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { batched } from '../../world/around-loads.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'

const right = {
  name: 'quests',
  per: 'entity',
  value: z.array(z.object({ title: z.string() })),
  ttlMs: 1_000,
  cypher: 'RETURN 1 AS id, [] AS value',
} as const
const define = (given: object): Kind =>
  defineKind({ ...right, ...given } as unknown as KindDefinition<unknown, Per>)
const load = async (_: unknown, __: unknown, items: readonly unknown[]) => items.map(() => null)
const keyOf = (name: string, key: (id: never) => string, given: object = {}) =>
  define({ name, key, ...given })

test.each<[object, RegExp]>([
  [{ name: 'Shop stock' }, /kind "Shop stock": name must be lower-case words joined by -/],
  [{ name: undefined }, /kind null: name must be text/],
  [{ name: 'x'.repeat(41) }, /name must have at most 40 characters/],
  [{ name: 'json' }, /name must not be one of all, json/],
  [{ name: 'no-shows' }, /name must not begin with no-/],
  [{ per: 'npc' }, /per must be one of world, entity, typed-entity/],
  [{ value: { type: 'array' } }, /value must be a zod schema/],
  [{ value: z.string() }, /value must be a schema of an array or of an object/],
  [{ ttlMs: 0 }, /ttlMs must be a whole number of milliseconds above 0, or null/],
  [{ ttlMs: undefined }, /ttlMs must be a whole number of milliseconds/],
  [{ cypher: undefined }, /load must be given, or cypher in its place, and not both/],
  [{ load }, /load must be given, or cypher in its place, and not both/],
  [{ load: 'x', cypher: undefined }, /load must be a function/],
  [{ cypher: '' }, /cypher must not be empty/],
  [{ key: 'quests' }, /key must be a function/],
  [{ warm: 'world' }, /warm must not be world for what is kept per entity/],
  [{ per: 'world', warm: 'popular' }, /warm must not be popular for what is kept per world/],
  [{ warm: 'populer' }, /warm must be one of world, active-entities, all-entities, popular, never/],
  [{ per: 'typed-entity', counted: true }, /counted is for kinds that are kept per 'entity'/],
  [{ counted: 'yes' }, /counted must be true or false/],
  [{ limited: true, value: z.object({}) }, /limited is for lists/],
  [{ missing: [{ name: 1 }] }, /missing must fit value/],
  [
    { staleOn: { 'quest-added': () => [] } },
    /staleOn\.quest-added must be one of event-added, flags-changed/,
  ],
  [{ staleOn: { stale: () => [] } }, /staleOn\.stale must be one of/],
  [{ staleOn: { 'event-added': true } }, /staleOn\.event-added must be a function of the change/],
  [{ per: 'world', staleOn: { 'flags-changed': () => [null] } }, /staleOn\.flags-changed must be true/],
  [{ http: { path: 'my/quests' } }, /http\.path must be of a-z 0-9 -/],
  [{ http: { ids: 'limit' } }, /http\.ids must not be limit or at/],
  [{ http: { paths: 'x' } }, /http\.paths is no field of a kind/],
  [{ tltMs: 1 }, /tltMs is no field of a kind/],
  [{ noun: 'quest' }, /noun must be a function/],
])('a wrong declaration names the kind and the field: %j', (given, problem) => {
  expect(() => define(given)).toThrow(problem)
  expect(() => define(given)).toThrow(expect.objectContaining({ code: 'InvalidConfig' }))
})

test('all problems are reported at once', () => {
  expect(() => define({ per: 'npc', ttlMs: -1, warn: 'never' })).toThrow(
    /^kind "quests": per must be .*; ttlMs must be .*; warn is no field of a kind$/,
  )
})

test.each<[string, Kind[], RegExp]>([
  ['one name', [define({}), define({})], /kind "quests": name is declared twice/],
  ['one path', [define({ name: 'timelines' })], /http\.path is timelines, as that of the kind/],
  [
    'an id that is the other key',
    [define({ name: 'shop' }), define({ name: 'stock', per: 'world', key: () => 'shop:stock' })],
    /key shop:stock could be the same as shop:<id> of the kind shop|shop:<id> could be the same as shop:stock/,
  ],
  [
    'ids that meet crosswise',
    [keyOf('a', id => `x:${id}:stock`), keyOf('b', id => `x:shop:${id}`)],
    /kind "a": key x:<id>:stock could be the same as x:shop:<id> of the kind b/,
  ],
  [
    "an id that is another's lease",
    [define({ name: 'shop', per: 'world' }), define({ name: 's', key: (id: string) => `shop:${id}` })],
    /kind "s": key shop:<id> could be a lease of the kind shop: shop:lease/,
  ],
  [
    'a type that the key leaves out',
    [define({ name: 'mood', per: 'typed-entity', key: ({ id }: { id: string }) => `mood:${id}` })],
    /mood:<id> could be the same as mood:<id> of the kind mood/,
  ],
  ['no id', [keyOf('a', () => 'all')], /kind "a": key must hold the id once/],
  ['the id twice', [keyOf('a', id => `a:${id}:${id}`)], /key must hold the id once/],
  ['an id that is a part of a word', [keyOf('a', id => `a-${id}`)], /key must have colons around the id/],
  [
    'an id in a key of the world',
    [define({ name: 'a', per: 'world', key: (id: string) => `a:${id}\u0000` })],
    /key has no id/,
  ],
  ['capitals', [keyOf('a', id => `A:${id}`)], /key must be of a-z 0-9/],
  ["Hearth's own", [keyOf('a', id => `ver:${id}`)], /key begins with ver, which Hearth uses/],
  [
    "a built-in's place with another shape",
    [define({ name: 'timeline', value: z.object({}) })],
    /kind "timeline": value must be a list in place of the built-in kind/,
  ],
  [
    "a built-in's place with another owner",
    [define({ name: 'flags', value: z.object({}) })],
    /kind "flags": per must be world in place of/,
  ],
])('kinds that do not go together are refused: %s', (_, own, problem) => {
  expect(() => createKinds(own)).toThrow(problem)
  expect(() => checkConfig({ kinds: own }), 'in a configuration').toThrow(problem)
})

test('an entity with the id lease has entries like any other', () => {
  const kinds = createKinds([define({})])
  const keys = createKeys({ kinds })
  const entry = keys.entry(kinds.named('quests'), 'w1', 'lease')
  expect(targetOfKey(keys, 'w1', entry.key)).toEqual({ kind: 'quests', id: 'lease' })
  expect(targetOfKey(keys, 'w1', entry.lease)).toEqual({ kind: 'quests', id: 'lease' })
})

test('a flag that a command already has is refused', () => {
  const configFile = { path: 'hearth.config.ts', config: { kinds: [define({ name: 'redis-url' })] } }
  expect(() => createProgram({ configFile })).toThrow(/kind "redis-url": name must be another/)
  const digits = { path: 'hearth.config.ts', config: { kinds: [define({ name: 'tier-2nd' })] } }
  expect(() => createProgram({ configFile: digits })).not.toThrow()
})

test('TTLs of a kind that does not exist are refused by name', () => {
  expect(() => checkConfig({ kinds: [define({})], lives: { kindsMs: { quests: 1_000 } } })).not.toThrow()
  expect(() => checkConfig({ lives: { kindsMs: { quests: 1_000 } } })).toThrow(
    /lives\.kindsMs\.quests: there is no such kind; they are flags, snapshot, entity, timeline/,
  )
})

test('metrics created without a kind count it from its first entry on', async () => {
  const metrics = createMetrics({ process: false })
  metrics.hit('quests', 2, 'redis')
  metrics.hit('quests', 1, 'redis')
  expect(await metrics.registry.metrics()).toContain('lw_cache_hits_total{kind="quests",level="redis"} 3')
})

test("loads of a kind with the name of a world's method are separate from that method's", async () => {
  const inner = embeddedWorld()
  const asked: string[] = []
  inner.timelines = async (_, ids) => {
    asked.push('timelines')
    return ids.map(() => [])
  }
  inner.query = async (_, __, items) => {
    asked.push('query')
    return items.map(() => null)
  }
  const world = batched(inner, { atOnce: 1 })
  const kind = {
    name: 'timelines',
    per: 'entity',
    cypher: '',
    value: z.array(z.unknown()),
    topK: 50,
  } as const
  await Promise.all([
    world.timelines('w', ['a'], 50),
    world.query(kind, 'w', ['b']),
    world.timelines('w', ['c'], 50),
    world.query(kind, 'w', ['d']),
  ])
  expect(asked.toSorted()).toEqual(['query', 'query', 'timelines', 'timelines'])
})
