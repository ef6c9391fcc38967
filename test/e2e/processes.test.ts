import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import neo4j, { type Driver } from 'neo4j-driver'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { freePort } from '../../cli/servers/start-child.ts'
import { generateWorld } from '../../world/demo/demo.ts'
import { fillWorld } from '../../world/import/fill.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import {
  type Env,
  type HearthProcess,
  hearth,
  isRunning,
  settings as sharedSettings,
  startHearth,
} from './hearth-command.ts'
import { openPm2 } from './pm2.ts'

let driver: Driver
beforeAll(() => {
  const { uri, user, password } = neo4jAuth()
  driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
})
afterAll(() => driver?.close())

test('dangerous settings are refused by name, all at once; corrected, the processes start, and are ready while they can write', async () => {
  const redis = await startRedis({ isolated: true, purpose: 'cache' })
  onTestFinished(() => redis.stop())
  const admin = new Redis(redis.url)
  onTestFinished(() => admin.disconnect())
  const env = { ...settings(), HEARTH_REDIS_URL: redis.url }
  const refused = await hearth(['dashboard'], { ...env, NODE_ENV: 'production' })
  expect(refused.code).toBe(2)
  expect(refused.err).toMatch(/the queues' Redis at \S+ evicts \(maxmemory-policy volatile-lfu\)/)
  expect(refused.err).toMatch(/the queues' Redis at \S+ has no append-only file/)
  const lacking = `\\(:CacheOutbox_${env.HEARTH_FLEET}\\) recorded_at`
  expect(refused.err).toMatch(new RegExp(`Neo4j at \\S+ lacks .*${lacking}.*hearth schema makes them`))

  const examined = await hearth(['doctor', '--json'], { ...env, NODE_ENV: 'production' })
  expect(examined.code).toBe(1)
  const found = JSON.parse(examined.out) as { of: string; state: string; what: string }[]
  const wrong = found.filter(({ state }) => state === 'wrong').map(({ of, what }) => `${of}: ${what}`)
  expect(wrong).toEqual([
    expect.stringMatching(/settings: the queues' Redis at \S+ evicts/),
    expect.stringMatching(/settings: the queues' Redis at \S+ has no append-only file/),
    expect.stringMatching(/Neo4j: Neo4j at \S+ lacks .*hearth schema makes them/),
    expect.stringMatching(/scheduler: no scheduler acts for the prefix "q/),
    ...'warm invalidate refresh flush audit'
      .split(' ')
      .map(name => expect.stringContaining(`queue ${name};`)),
  ])

  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  expect(await hearth(['schema'], env)).toMatchObject({ code: 0 })
  const dashboard = startHearth(['dashboard'], env)
  await dashboard.says(/has no append-only file/) // a warning, where it is not said to be production
  const [, pages = ''] = await dashboard.says(/the pages are at (http:\S+?)"/)
  await dashboard.says(/ready: all servers answer/)
  const ready = async () => (await (await fetch(`${pages}/readyz`)).json()) as { problems: string[] }
  expect((await ready()).problems).toEqual([])
  await admin.config('SET', 'maxmemory', '1')
  expect((await ready()).problems).toEqual([expect.stringMatching(/OOM/)])
  await admin.config('SET', 'maxmemory', '0')
  expect((await ready()).problems).toEqual([])
})

/** With a fleet of its own: a scheduler relays every change that is recorded for its fleet, of all tests. */
function settings(): Env & { HEARTH_FLEET: string } {
  return { ...sharedSettings(), HEARTH_FLEET: fresh('fleet').replaceAll('-', '_') }
}

function worldOf({ HEARTH_FLEET: fleet }: ReturnType<typeof settings>) {
  const world = neo4jWorld({ ...neo4jAuth(), fleet })
  onTestFinished(() => world.close())
  return world
}

async function startScheduler(env: Env): Promise<{ scheduler: HearthProcess; pages: string }> {
  const scheduler = startHearth(['scheduler'], env)
  const [, pages = ''] = await scheduler.says(/the pages are at (http:\S+?)"/)
  await scheduler.says(/ready: one scheduler acts/)
  await expect.poll(() => scheduler.messages).toEqual(['ready']) // what pm2 hears
  return { scheduler, pages }
}

/** The statement of docs/outbox.md for other languages. */
async function record(fleet: string, worldId: string, changes: string): Promise<void> {
  await driver.executeQuery(
    `CREATE (:CacheOutbox_${fleet} {id: randomUUID(), world_id: $worldId, changes: $changes, recorded_at: timestamp()})`,
    { worldId, changes },
  )
}

/** Neo4j plans the first queries of a fleet slowly. */
const coldNeo4j = { timeout: 15_000 }

/** A number of `/metrics`, by its name. */
async function metric(pages: string, name: string): Promise<number> {
  const text = await (await fetch(`${pages}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

test('two schedulers: one relays, the other takes over when the first is killed, and stops cleanly', async () => {
  const env = settings()
  await worldOf(env).schema()
  const queue = new Queue('invalidate', {
    connection: { url: redisUrl() },
    prefix: env['HEARTH_QUEUE_PREFIX'] ?? '',
  })
  onTestFinished(() => queue.close())
  const { scheduler: first, pages } = await startScheduler(env)
  await first.says(/this process relays the outbox now/)
  const second = await startScheduler(env)
  expect(second.scheduler.printed()).not.toContain('relays the outbox')
  for (const url of [pages, second.pages]) {
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, problems: [] })
  }

  await record(env.HEARTH_FLEET, 'w1', '[{"kind": "event-added", "entityIds": ["c1", "l1"]}]')
  await record(env.HEARTH_FLEET, 'w1', 'storm')
  await expect.poll(() => metric(pages, 'lw_outbox_relayed_total'), coldNeo4j).toBe(1)
  await expect // of what cannot be read, the world's flags and snapshot
    .poll(async () => (await queue.getWaiting()).map(job => job.name).sort(), coldNeo4j)
    .toEqual(['flags', 'snapshot', 'timeline c1', 'timeline l1'])
  await first.says(/put 1 recorded changes aside: changes must be a JSON list/)
  expect(await metric(pages, 'lw_outbox_refused_total')).toBe(1)
  expect(await metric(second.pages, 'lw_outbox_relayed_total')).toBe(0)

  first.kill('SIGKILL')
  await record(env.HEARTH_FLEET, 'w1', '[{"kind": "flags-changed"}]')
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error('nobody took over within 6 s')), 6_000)
  })
  await Promise.race([second.scheduler.says(/this process relays the outbox now/), late])
  await expect.poll(() => metric(second.pages, 'lw_outbox_relayed_total'), coldNeo4j).toBe(1)
  expect((await queue.getWaiting()).map(job => job.name)).toContain('flags')

  second.scheduler.kill('SIGTERM')
  expect(await second.scheduler.ended).toBe(0)
  expect(second.scheduler.printed()).toContain('this process no longer relays the outbox')
  expect(second.scheduler.printed()).not.toMatch(/while stopping/)
})

test('a scheduler waits for servers that are not there yet, logs it once, and stops on a signal', async () => {
  const scheduler = startHearth(['scheduler'], {
    ...settings(),
    HEARTH_REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    HEARTH_NEO4J_URI: `bolt://127.0.0.1:${await freePort()}`,
  })
  const [, pages = ''] = await scheduler.says(/the pages are at (http:\S+?)"/)
  await scheduler.says(/queues' Redis at \S+ does not answer/)
  await scheduler.says(/Neo4j at \S+ does not answer/)
  const ready = await fetch(`${pages}/readyz`)
  expect(ready.status).toBe(503)
  const { problems } = (await ready.json()) as { problems: string[] }
  expect(problems.join()).toMatch(/Redis at .*Neo4j at .*the relay has not started/)
  scheduler.kill('SIGTERM')
  expect(await scheduler.ended).toBe(0)
})

test('under pm2: started and ready, reloaded and killed during warming without losing a job, and stopped cleanly', async () => {
  const { HEARTH_PORT: _, ...given } = settings()
  const env = { ...given, HEARTH_WARM_CHUNK: '10' }
  const world = worldOf(given)
  const worldId = fresh()
  await world.schema()
  await fillWorld(world, worldId, generateWorld({ entities: 1_000, eventsPerEntity: 1 }))

  const pm2 = await openPm2(env)
  await pm2.start(20_000 + Math.floor(Math.random() * 10_000))
  const started = await pm2.list()
  expect(started.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
    'hearth-dashboard online',
    ...['hearth-scheduler online', 'hearth-scheduler online', 'hearth-worker online', 'hearth-worker online'],
  ])
  for (const { port } of started) {
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 'ready once pm2 says so').toBe(200)
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('lw_cache_hits_total')
  }

  const activation = startHearth(['activate', worldId, '--wait'], env)
  await activation.says(/warming \S+: [1-9]\d? %/)
  await pm2.run('reload', 'hearth-worker')
  const [victim] = (await pm2.list()).filter(({ name }) => name === 'hearth-worker')
  process.kill(victim?.pid ?? 0, 'SIGKILL')
  await activation.says(/is warm: 2,002 entries/)
  expect(await activation.ended).toBe(0)
  const back = async () => (await pm2.list()).map(({ status }) => status)
  await expect.poll(back, { timeout: 20_000, interval: 500 }).toEqual(started.map(() => 'online'))
  const running = await pm2.list()
  expect(running.map(({ pid }) => pid)).not.toContain(victim?.pid)

  await pm2.run('stop', 'all')
  expect(running.filter(({ pid }) => isRunning(pid))).toEqual([])
  const ends = [...(await pm2.log()).matchAll(/exited with code \[(\S+?)\] via signal \[(\S+?)\]/g)]
  const told = ends.map(([, code, signal]) => `${code} ${signal}`)
  expect(
    told.filter(end => end === '0 SIGKILL'),
    'but for the one that we killed',
  ).toHaveLength(1)
  expect(told.filter(end => end !== '0 SIGKILL').every(end => end === '0 SIGINT')).toBe(true)
  expect(told).toHaveLength(running.length + 3) // all of them, and before them two that were reloaded and one that was killed
})
