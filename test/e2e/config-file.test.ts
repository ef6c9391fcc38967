import { Queue } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import { directoryWith, hearth, settings, startHearth } from './hearth-command.ts'

/** A directory with a configuration file of this object. */
const configured = (config: string): { cwd: string } =>
  directoryWith({
    'hearth.config.ts': `import { defineConfig, defineKind } from 'hearth-cache'\nimport { z } from 'zod'\nexport default defineConfig(${config})\n`,
  })

test('the private names of the file apply to warming, reading and Bull Board; a worker without the file is reported as differing', async () => {
  const env = settings()
  const worldId = fresh()
  const world = neo4jWorld(neo4jAuth())
  onTestFinished(() => world.close())
  await world.saveSnapshot(worldId, { world_name: 'w', active_characters: { c1: { name: 'c1' } } })
  const props = { nickname: 'a-private-nickname', mood: 'calm' }
  await world.putEntities(worldId, [{ type: 'character', id: 'c1', name: 'c1', props }])
  const there = configured("{ topK: 20, world: { privacy: { privateNames: { add: ['nickname'] } } } }")

  const worker = startHearth(['worker'], env, there)
  const [, pages = ''] = await worker.says(/the pages are at (http:\S+?)"/)
  await worker.says(/ready: waiting for jobs/)
  expect(await hearth(['activate', worldId, '--wait'], env, there)).toMatchObject({ code: 0 })
  const warm = await hearth(['read', worldId, '--entity', 'character:c1', '--json'], env, there)
  expect(JSON.parse(warm.out)).toMatchObject({ outcome: 'hit', value: { mood: 'calm' } })
  expect(warm.out).not.toContain('nickname')
  await hearth(['invalidate', worldId, '--entity', 'character:c1'], env, there)
  const loaded = await hearth(['read', worldId, '--entity', 'character:c1', '--json'], env, there)
  expect(loaded.out).toContain('calm')
  expect(loaded.out).not.toContain('nickname')

  const queue = new Queue('warm', {
    connection: { url: redisUrl() },
    prefix: env['HEARTH_QUEUE_PREFIX'] ?? '',
  })
  onTestFinished(() => queue.close())
  const shown = { nickname: 'a-private-nickname', told: 'a-public-word' }
  const job = await queue.add('world', { worldId, shown }, { delay: 600_000 })
  const board = await (await fetch(`${pages}/queues/api/queues/warm/${job.id}`)).text()
  expect(board).toContain('a-public-word')
  expect(board).not.toContain('a-private-nickname')

  const other = startHearth(['worker'], { ...env, HEARTH_TOP_K: '30' })
  await other.says(
    /worker \S+ differs from this process .*: topK is 20 there and 30 here; world\.privacy is #/,
  )
  await worker.says(
    /worker \S+ differs from this process .*: topK is 30 there and 20 here; world\.privacy is #/,
  )
  const ready = await fetch(`${pages}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    ready: true,
    differing: [expect.stringContaining('topK is 30')],
  })
  const overview = (await (await fetch(`${pages}/api/v1/overview`)).json()) as { causes: { text: string }[] }
  expect(overview.causes.map(({ text }) => text).join()).toMatch(/Worker \S+ differs .*topK is 30 there/)

  other.kill('SIGTERM')
  await worker.says(/all processes decide alike about cached values again/)
  expect(await (await fetch(`${pages}/readyz`)).json()).toEqual({ ready: true, problems: [] })
})

/** One kind that a database has to load, and one that loads itself. */
const kinds = `[
  defineKind({ name: 'quests', per: 'entity', value: z.array(z.unknown()), ttlMs: 1_000, cypher: 'RETURN 1 AS id, [] AS value' }),
  defineKind({ name: 'tax', per: 'world', value: z.object({}), ttlMs: null, warm: 'world', load: async () => [{ rate: 7 }] }),
]`

test('hearth dev uses the file of its directory, and every command refuses a wrong file', async () => {
  const there = configured(`{ topK: 3, kinds: ${kinds} }`)
  const dev = startHearth(['dev', '--entities', '60'], { HEARTH_PORT: '0' }, there)
  await dev.says(
    /Left out here: quests\. The made-up world cannot run the Cypher of a kind; `hearth worker` does/,
  )
  const [, url = '', id = ''] = await dev.says(/HEARTH_REDIS_URL=(\S+) npx hearth read demo --timeline (\S+)/)
  const read = await hearth(['read', 'demo', '--timeline', id, '--json'], { HEARTH_REDIS_URL: url })
  expect(JSON.parse(read.out).value.length).toBeLessThanOrEqual(3)
  expect(dev.printed()).toMatch(/│ tax +│ +1 │/)
  expect(dev.printed()).not.toContain('│ quests')

  const wrong = await hearth(['inspect', 'demo'], { HEARTH_REDIS_URL: url }, configured('{ topk: 3 }'))
  expect(wrong.code).toBe(2)
  expect(wrong.err).toMatch(/hearth\.config\.ts: topk: there is no such field; did you mean topK\?/)
  const named = await hearth(['inspect', 'demo', '--config', 'none.ts'], { HEARTH_REDIS_URL: url })
  expect([named.code, named.err]).toEqual([2, expect.stringMatching(/none\.ts: there is no such file/)])
})
