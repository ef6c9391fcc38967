import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test } from 'vitest'
import { onPath } from '../../cli/servers/on-path.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { root } from '../support/pages.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const example = (name: string) => fileURLToPath(new URL(`examples/${name}`, root))

test('examples/game-backend.ts: a change of its own and an event are seen by the next read, and it stops on a signal', async () => {
  const { uri, user, password } = neo4jAuth()
  const world = fresh()
  const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
  onTestFinished(async () => {
    await driver.executeQuery('MATCH (n {world_id: $world}) DETACH DELETE n', { world })
    await driver.close()
  })
  const planted = `CREATE (:World {world_id: $world, world_flags: '{"weather":"calm"}'})
    -[:CONTAINS_CHARACTER]->(:Character {character_id: $world, name: 'Ada'})`
  await driver.executeQuery(planted, { world })
  const backend = spawn(process.execPath, ['--import', 'tsx', example('game-backend.ts')], {
    cwd: fileURLToPath(root),
    env: {
      PATH: process.env['PATH'],
      HEARTH_REDIS_URL: redisUrl(),
      HEARTH_QUEUE_PREFIX: fresh('q'),
      NEO4J_URI: uri,
      NEO4J_USER: user,
      NEO4J_PASSWORD: password,
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void backend.kill('SIGKILL'))
  const [url] = await once(createInterface(backend.stdout), 'line')
  const at = `${url}/worlds/${world}`

  expect((await ask(`${at}/players`, { method: 'POST' })).json).toMatchObject({ queue: 'warm' })
  const character = `${at}/characters/${world}`
  const before = await ask(character)
  expect(before.json).toMatchObject({ flags: { weather: 'calm' }, character: { name: 'Ada' }, recent: [] })
  await ask(`${character}/name`, { method: 'PUT', body: { name: 'Grace' } })
  await ask(`${character}/events`, { body: { title: 'A door opens' } })
  const after = await ask(character)
  expect(after.json).toMatchObject({ character: { name: 'Grace' }, recent: [{ title: 'A door opens' }] })
  expect((await ask(`${at}/characters/none`)).status).toBe(404)

  backend.kill('SIGTERM')
  expect(await once(backend, 'exit')).toEqual([0, null])
})

test('examples/game_backend.py: enters a world, reads one version of it, and sees its own event', async context => {
  if (!onPath('python3', process.env)) {
    console.log('[examples] skipped: there is no python3 here')
    return context.skip()
  }
  const pages = await openPages({ secured: true })
  const world = fresh('w/ü')
  await plantWorld(pages.world, world)
  const env = { PATH: process.env['PATH'] ?? '', HEARTH: pages.url, TOKEN: tokens.game }
  const { stdout } = await promisify(execFile)('python3', [example('game_backend.py'), world, 'c1'], { env })
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^warmed by the job \S+$/),
    'name of c1, while the weather is calm',
    'last event: A door opens',
    'invalidated',
    '',
  ])
})
