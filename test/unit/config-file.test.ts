import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { privacyOf } from '../../cli/connect.ts'
import { openNeo4j } from '../../cli/open-neo4j.ts'
import { checkConfig, type HearthConfig } from '../../config/define.ts'
import { loadConfigFile } from '../../config/file.ts'
import { differencesOf, fingerprintOf } from '../../config/fingerprint.ts'
import { readConfig } from '../../config/read.ts'
import { defineKind } from '../../model/kind.ts'
import { createKinds } from '../../model/kinds.ts'
import { privacyRules } from '../../model/privacy.ts'

/** A new directory with these files. */
function directoryOf(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'hearth-config-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

const loaded = (files: Record<string, string>, path?: string) =>
  loadConfigFile({ path, directory: directoryOf(files) })
const complaint = (files: Record<string, string>, path?: string) =>
  loaded(files, path).then(
    () => '',
    (error: Error) => error.message,
  )

test('TypeScript and both kinds of JavaScript are loaded, by name or from the working directory', async () => {
  const typed = 'interface K { topK: number }\nconst k: K = { topK: 20 }\nexport default k satisfies K'
  expect(await loaded({ 'hearth.config.ts': typed })).toMatchObject({ config: { topK: 20 } })
  expect(await loaded({ 'hearth.config.js': 'export default { topK: 21 }' })).toMatchObject({
    config: { topK: 21 },
  })
  expect(await loaded({ 'hearth.config.mjs': 'export default { topK: 22 }' })).toMatchObject({
    config: { topK: 22 },
  })
  expect(await loaded({ 'hearth.config.js': 'module.exports = { topK: 23 }' })).toMatchObject({
    config: { topK: 23 },
  })
  const both = { 'hearth.config.ts': 'export default {}', 'other.ts': 'export default { topK: 24 }' }
  expect(await loaded(both, 'other.ts')).toMatchObject({ config: { topK: 24 } })
  expect(await loaded({})).toBeUndefined()
})

test('a file gets modules of this process by name, which are loaded if there is a file', async () => {
  let calls = 0
  const imports = async () => {
    calls++
    return { 'hearth-cache': { topK: 31 } }
  }
  expect(await loadConfigFile({ directory: directoryOf({}), imports })).toBeUndefined()
  expect(calls).toBe(0)
  const directory = directoryOf({
    'hearth.config.ts': "import { own } from './own.ts'\nexport default { topK: own }",
    'own.ts': "import { topK } from 'hearth-cache'\nexport const own = topK",
  })
  expect(await loadConfigFile({ directory, imports })).toMatchObject({ config: { topK: 31 } })
})

test('a file that is named but missing, or has no default export, is an error that names it', async () => {
  expect(await complaint({}, 'other.ts')).toMatch(/other\.ts: there is no such file/)
  for (const name of ['hearth.config.ts', 'hearth.config.js', 'hearth.config.mjs']) {
    expect(await complaint({ [name]: 'export const topK = 20' })).toContain(
      `${name}: it has no default export; expected export default defineConfig`,
    )
  }
})

test('a file that cannot be read or throws is an error that names the file and the line', async () => {
  const syntax = await complaint({ 'hearth.config.ts': 'export default {\n  topK: 20,\n  lives: = 3\n}\n' })
  expect(syntax).toMatch(/hearth\.config\.ts/)
  expect(syntax).toMatch(/\b3:\d+/)
  const thrown = await complaint({ 'hearth.config.js': '\n\nthrow new Error("no such quest")\n' })
  expect(thrown).toMatch(/hearth\.config\.js: no such quest \(line 3\)/)
})

test.each([
  [{ topK: 0 }, 'topK: must be a whole number from 1 to 1000'],
  [{ topk: 20 }, 'topk: there is no such field; did you mean topK?'],
  [{ live: {} }, 'live: there is no such field; did you mean lives?'],
  [{ lives: { nullMS: 3 } }, 'lives.nullMS: there is no such field; did you mean lives.nullMs?'],
  [{ lives: { jitter: 1 } }, 'lives.jitter: must be a number from 0 to 0.9'],
  [{ lives: { kindsMs: { timeline: 0 } } }, 'lives.kindsMs.timeline: must be a whole number from 1 to'],
  [
    { lives: { kindsMs: { timelines: 5 } } },
    'lives.kindsMs.timelines: there is no such kind; did you mean timeline?',
  ],
  [{ world: { graph: 'any' } }, "world.graph: must be 'indexed' or 'plain'"],
  [{ world: { cypher: { timeline: 'RETURN 1' } } }, 'did you mean world.cypher.timelines?'],
  [
    { world: { privacy: { privateNames: ['-'] } } },
    'world.privacy: privateNames.0: must hold a letter or a digit',
  ],
  [{ kinds: [{}] }, 'kinds.0: must come from defineKind'],
  [[], 'it must be an object'],
])('a wrong field is named, with what would be right: %j', (config, right) => {
  expect(() => checkConfig(config)).toThrow(right)
})

test.each([{ redisUrl: 'redis://:hunter2@h' }, { world: { password: 'hunter2' } }, { tokens: 'hunter2' }])(
  'addresses and secrets are refused in the file, and not quoted: %j',
  config => {
    expect(() => checkConfig(config)).toThrow(
      /there is no such field; addresses, secrets .* in the environment/,
    )
    expect(() => checkConfig(config)).not.toThrow(/hunter2/)
  },
)

test('flags override the environment, it the file, and the file the defaults', () => {
  const file: HearthConfig = {
    topK: 20,
    lives: { kindsMs: { timeline: 1, entity: 2 }, nullMs: 3, nullMax: 4, jitter: 0.5 },
  }
  const ofFile = { topK: 20, timelineTtlMs: 1, entityTtlMs: 2, nullTtlMs: 3, nullMax: 4, ttlJitter: 0.5 }
  expect(readConfig({ env: {}, file })).toMatchObject(ofFile)
  for (const name of Object.keys(ofFile) as (keyof typeof ofFile)[]) {
    const variable = `HEARTH_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
    const env = { [variable]: name === 'ttlJitter' ? '0.2' : '7' }
    const ofEnv = name === 'ttlJitter' ? 0.2 : 7
    expect(readConfig({ env, file })).toMatchObject({ ...ofFile, [name]: ofEnv })
    const flags = { [name]: name === 'ttlJitter' ? '0.3' : '8' }
    expect(readConfig({ env, file, flags })).toMatchObject({ [name]: name === 'ttlJitter' ? 0.3 : 8 })
    expect(readConfig({ env: {} })[name]).not.toBe(ofFile[name])
  }
})

test('a kind that replaces a built-in one has its own TTL', () => {
  const timeline = defineKind({
    name: 'timeline',
    per: 'entity',
    key: id => `timeline:${id}:recent`,
    value: z.array(z.unknown()),
    ttlMs: 5_000,
    load: async () => [],
  })
  expect(readConfig({ env: {}, file: { kinds: [timeline] } }).timelineTtlMs).toBe(5_000)
})

test('private names of the file and of the environment add up, in the world and on the pages', () => {
  const file: HearthConfig = {
    world: { privacy: { privateNames: { add: ['nickname'], remove: ['token'] } } },
  }
  const env = { HEARTH_NEO4J_URI: 'bolt://127.0.0.1:7687', HEARTH_PRIVATE_NAMES: 'bank branch' }
  const config = readConfig({ env, file, needs: ['neo4jUri'] })
  const world = openNeo4j(config)
  onTestFinished(() => world.close())
  const event = { event_id: 'e', timestamp: '2026-01-01T00:00:00', participants: ['c1'], location_id: null }
  const metadata = { nickname: 1, bank_branch: 1, token: 1, email: 1, mood: 1 }
  expect(Object.keys(world.readable({ ...event, metadata })?.metadata ?? {})).toEqual(['token', 'mood'])
  expect(world.decides?.['privacy']).toEqual(privacyRules(privacyOf(config)))
})

const digestsOf = (config: HearthConfig = {}, world: Record<string, unknown> = { privacy: privacyRules() }) =>
  fingerprintOf({ kinds: createKinds(config.kinds), topK: config.topK ?? 50, lives: config.lives, world })
const quests = (ttlMs: number, cypher = 'RETURN 1') =>
  defineKind({ name: 'quests', per: 'entity', value: z.array(z.string()), ttlMs, cypher })

test('a fingerprint has numbers, and for everything else a digest that does not depend on the notation', () => {
  expect(differencesOf(digestsOf(), digestsOf({ topK: 50, lives: { jitter: 0.1, nullMax: 3 } }))).toEqual([])
  const spelled = { privacy: privacyRules({ privateNames: { add: ['e mail'] }, fields: { event: 'all' } }) }
  expect(differencesOf(digestsOf({}), digestsOf({}, spelled))).toEqual([])
  expect(differencesOf(digestsOf(), digestsOf({ topK: 20, lives: { kindsMs: { entity: 5 } } }))).toEqual([
    { part: 'lives.kindsMs.entity', here: '900000', there: '5' },
    { part: 'topK', here: '50', there: '20' },
  ])
  const digest = expect.stringMatching(/^#[0-9a-f]{8}$/)
  expect(differencesOf(digestsOf({ kinds: [quests(1)] }), digestsOf())).toEqual([
    { part: 'kinds.quests', here: digest, there: null },
  ])
  expect(
    differencesOf(digestsOf({ kinds: [quests(1)] }), digestsOf({ kinds: [quests(1, 'RETURN 2')] })),
  ).toEqual([{ part: 'kinds.quests', here: digest, there: digest }])
  const named = { privacy: privacyRules({ privateNames: { add: ['nickname'] } }), 'cypher.flags': 'RETURN 1' }
  expect(differencesOf(digestsOf(), digestsOf({}, named))).toEqual([
    { part: 'world.cypher.flags', here: null, there: digest },
    { part: 'world.privacy', here: digest, there: digest },
  ])
  expect(differencesOf(digestsOf(), digestsOf({}, {}))).toEqual([]) // a source without `decides`
})
