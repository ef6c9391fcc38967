import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { neo4jWorld } from '../../index.ts'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { type Compose, findCompose } from './compose.ts'
import { type Engine, startEngine } from './engine.ts'
import { buildImages } from './images.ts'
import { ran } from './ran.ts'

/** Those that are run here: Grafana's image cannot be made from what Debian has. */
const processes = ['schema', 'worker', 'scheduler', 'dashboard']
const tokens = { METRICS_TOKEN: 'metrics-token-of-a-test', OPERATOR_TOKEN: 'operator-token-of-a-test' }
const pages = 'http://127.0.0.1:3400'
const say = (line: string) => console.log(`[docker] ${line}`)

let engine: Engine | undefined
let compose: Compose | undefined
/** What compose.yml takes from the environment; each test sets its own. */
const variables: NodeJS.ProcessEnv = {}

beforeAll(async () => {
  engine = await startEngine(say)
  if (!engine) return say('skipped: there is no Docker engine here, and none can be installed')
  if (engine.ours) await buildImages(engine.env, say)
  Object.assign(variables, engine.env, tokens)
  compose = await findCompose(variables, say)
  if (!compose) say('skipped: there is no Compose here, and no Go to build it')
}, 900_000)

afterEach(async () => {
  await compose?.('--profile', '*', 'down', '--volumes', '--timeout', '1')
  delete variables['CACHE_URL']
}, 60_000)

afterAll(() => engine?.stop(), 60_000)

/** `docker compose up --wait` of these services and profiles. */
async function up(profiles: readonly string[], ...services: string[]): Promise<Compose> {
  if (!compose) throw new Error('no Compose')
  const chosen = profiles.flatMap(profile => ['--profile', profile])
  await compose(...chosen, 'up', '--detach', '--wait', ...services)
  return (...args) => (compose as Compose)(...chosen, ...args)
}

async function askPages(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${tokens.OPERATOR_TOKEN}` }
  return await fetch(`${pages}${path}`, { ...init, headers, signal: AbortSignal.timeout(20_000) })
}
const isReady = () => askPages('/readyz').then(({ ok }) => ok)

async function plantWorld(): Promise<void> {
  const world = neo4jWorld({
    uri: 'bolt://127.0.0.1:7687',
    user: 'neo4j',
    password: 'hearth-development',
  })
  await world.saveSnapshot('w1', {})
  await world.putEntities('w1', [{ type: 'character', id: 'c1', name: 'Ada', props: {} }])
  await world.close()
}

test('the image is built, and all processes run in it, warm a world, and end when they are told to', async context => {
  if (!compose) return context.skip()
  await compose('--profile', 'hearth', 'build', 'worker')
  const run = await up(['hearth'], ...processes)
  expect(await isReady()).toBe(true)
  await plantWorld()
  expect((await askPages('/api/v1/worlds/w1/activation', { method: 'POST' })).status).toBe(202)
  const character = await askPages('/api/v1/worlds/w1/entities/character/c1')
  expect(await character.json()).toMatchObject({ id: 'c1', name: 'Ada' })

  await run('up', '--detach', '--wait', '--scale', 'worker=3', 'worker')
  await run('stop', 'worker', 'scheduler', 'dashboard')
  const states = await run('ps', '--all', '--format', '{{.Service}} {{.ExitCode}}', '--status', 'exited')
  expect(states.split('\n').sort()).toEqual([
    'dashboard 0',
    'scheduler 0',
    'scheduler 0',
    'schema 0',
    'worker 0',
    'worker 0',
    'worker 0',
  ])
})

test('without its tokens no process starts, and it says what is wrong', async context => {
  if (!compose) return context.skip()
  await up([])
  variables['METRICS_TOKEN'] = ''
  const said = await compose('--profile', 'hearth', 'run', '--rm', 'dashboard').catch(String)
  variables['METRICS_TOKEN'] = tokens.METRICS_TOKEN
  expect(said).toContain('entry 1 of HEARTH_TOKENS is wrong')
})

test('behind Sentinel the cache is served again when its primary was killed', async context => {
  if (!compose) return context.skip()
  variables['CACHE_URL'] = 'redis+sentinel://sentinel:26379/cache'
  const run = await up(['hearth', 'sentinel'], ...processes, 'cache-replica', 'sentinel')
  expect(await isReady()).toBe(true)
  await run('kill', 'cache')
  await expect.poll(isReady, { timeout: 60_000 }).toBe(true)
  await plantWorld()
  expect((await askPages('/api/v1/worlds/w1/entities/character/c1')).status).toBe(200)
  expect(await run('exec', 'sentinel', 'redis-cli', '-p', '26379', 'info', 'sentinel')).toContain('slaves=')
})

test('a Redis Cluster is made of six nodes, and the death of one does not stop Hearth', async context => {
  if (!compose) return context.skip()
  variables['CACHE_URL'] = 'redis+cluster://cluster-node:6379'
  const run = await up(['hearth', 'cluster'], ...processes, 'cluster')
  expect(await isReady()).toBe(true)
  await plantWorld()
  await ran('docker', ['kill', 'hearth-cluster-node-2'], variables)
  await expect
    .poll(
      async () =>
        (await run('exec', 'cluster-node', 'redis-cli', 'cluster', 'info')).includes('cluster_state:ok'),
      { timeout: 60_000 },
    )
    .toBe(true)
  await expect.poll(isReady, { timeout: 60_000 }).toBe(true)
  expect((await askPages('/api/v1/worlds/w1/entities/character/c1')).status).toBe(200)
})

test('testcontainers starts both servers, as `npm start` and the tests have it', async context => {
  if (!engine) return context.skip()
  // testcontainers reads the environment of the process. Its reaper is an image that cannot be had where ours are built.
  const { DOCKER_HOST } = engine.env
  if (engine.ours) Object.assign(process.env, { DOCKER_HOST, TESTCONTAINERS_RYUK_DISABLED: 'true' })
  const [redis, neo4j] = await Promise.all([startRedis({ say }), startNeo4j({ say })])
  try {
    expect(redis.how).toContain('redis:7.4-alpine in Docker')
    expect(neo4j.how).toContain('neo4j:5.26-community in Docker')
    const world = neo4jWorld(neo4j)
    await world.schema()
    await world.close()
  } finally {
    await Promise.all([redis.stop(), neo4j.stop()])
  }
})
