import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import neo4j from 'neo4j-driver'
import ts from 'typescript'
import { expect, onTestFinished, test } from 'vitest'
import { onPath } from '../../cli/servers/on-path.ts'
import * as library from '../../index.ts'
import { openPages } from '../support/http.ts'
import { startGame } from '../support/neo4j-game.ts'
import { blocksOf } from '../support/pages.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, plantWorld } from '../support/setup.ts'

/** An example uses the servers of this run, but separate databases, because its queues have no prefix. */
const cacheUrl = () => `${redisUrl()}/11`
const queueUrl = () => `${redisUrl()}/12`

/** Runs the example of a page that contains `about`, with other servers and another world id. Returns its constants. */
async function runExample(
  page: string,
  about: string,
  worldId: string,
  given: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const text = blocksOf(page, 'ts').find(block => block.text.includes(about))?.text
  if (text === undefined) throw new Error(`${page} has no example that holds ${about}`)
  const { uri, user, password } = neo4jAuth()
  const here = text
    .replaceAll(/'(w1|demo)'/g, JSON.stringify(worldId))
    .replaceAll("'redis://127.0.0.1:6379'", JSON.stringify(cacheUrl()))
    .replaceAll("'redis://127.0.0.1:6380'", JSON.stringify(queueUrl()))
    .replaceAll(
      "uri: 'neo4j://127.0.0.1:7687', user: 'neo4j', password: 'secret'",
      JSON.stringify({ uri, user, password }).slice(1, -1),
    )
  const { outputText } = ts.transpileModule(here, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  const body = outputText.replace(/^import (\{.*\}) from 'hearth-cache';$/m, 'const $1 = library;')
  expect(body).not.toContain('import ')
  const names = [...body.matchAll(/^const (\w+) = /gm)].map(([, name]) => name)
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const run = new AsyncFunction('library', ...Object.keys(given), `${body}\nreturn { ${names.join(', ')} }`)
  return run(library, ...Object.values(given))
}

/** A world of the game itself, with a character and a location. */
async function playedWorld() {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  await game.addCharacter('c1', { name: 'Ada' })
  await game.addEvent('first', '1042-01-01T00:00:00', ['c1'])
  return game
}

test("README's game backend, on real servers", async () => {
  const { worldId, run } = await playedWorld()
  const { flags, hero, recent, many } = await runExample('README.md', 'createHearth', worldId)
  expect(flags).toEqual({})
  expect(hero).toMatchObject({ type: 'character', id: 'c1', name: 'Ada' })
  expect(recent).toMatchObject([{ event_id: 'first' }])
  expect([...(many as Map<string, unknown>).keys()]).toEqual(['c1', 'l1'])

  const rows = await run('MATCH (w:World {world_id: $worldId}) RETURN w.world_flags AS flags')
  expect(rows).toEqual([{ flags: '{"weather":"storm"}' }])
  const later = library.createHearth({
    cache: cacheUrl(),
    queue: queueUrl(),
    world: library.neo4jWorld(neo4jAuth()),
  })
  onTestFinished(() => later.close())
  expect(await later.timeline(worldId, 'c1'), 'appended, and not yet written').toHaveLength(2)
})

test('the outbox of docs/outbox.md is written in the transaction of the backend', async () => {
  const { worldId, run } = await playedWorld()
  const { uri, user, password } = neo4jAuth()
  const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
  const session = driver.session()
  onTestFinished(async () => {
    await session.close()
    await driver.close()
  })
  await runExample('docs/outbox.md', 'recordChanges', worldId, { session })
  const [node] = await run('MATCH (o:CacheOutbox {world_id: $worldId}) RETURN o.changes AS changes')
  expect(JSON.parse(String(node?.changes))).toEqual([{ kind: 'entity-deleted', type: 'object', id: 'o1' }])
})

test('the audit of docs/audit.md, by the workers of docs/security.md', async () => {
  const world = library.embeddedWorld()
  const worldId = fresh()
  const ids = await plantWorld(world, worldId)
  const workers = await runExample('docs/security.md', 'startPool', worldId, { world })
  const { hearth, pool } = workers as { hearth: library.Hearth; pool: library.Pool }
  onTestFinished(() => hearth.close())
  onTestFinished(() => pool.close(1_000))
  await hearth.timelines(worldId, ids)
  const { result } = await runExample('docs/audit.md', 'hearth.audit', worldId, {
    hearth,
    console: { log: () => {} },
  })
  expect(result).toMatchObject({ outcome: 'consistent', checked: ids.length })
})

test("README's requests with curl", async context => {
  if (!onPath('curl', process.env)) {
    console.log('[docs] skipped: there is no curl here')
    return context.skip()
  }
  const pages = await openPages()
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const example = blocksOf('README.md', 'sh').find(({ text }) => text.includes('curl'))?.text ?? ''
  const requests = example
    .replaceAll('http://127.0.0.1:3400', pages.url)
    .replaceAll('/worlds/demo/', `/worlds/${worldId}/`)
    .replaceAll('curl ', 'curl -fsS ')
  const { stdout } = await promisify(execFile)('sh', ['-ec', requests])
  expect(stdout).toContain('"queue":"warm"')
  expect(stdout).toContain('"event_id":"c1-e1"')
  expect(stdout).toContain('{"outcome":"invalidated"}')
})
