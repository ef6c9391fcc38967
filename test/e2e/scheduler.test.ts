import { Queue } from 'bullmq'
import neo4j, { type Driver } from 'neo4j-driver'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../cli/servers/free-port.ts'
import { type StartedNeo4j, startNeo4j } from '../../cli/servers/neo4j.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import { type Env, type HearthProcess, startHearth } from './hearth-command.ts'

/** A Neo4j of its own, since a scheduler relays all that is recorded in one, whoever's test it is. */
let server: StartedNeo4j
let driver: Driver
beforeAll(async () => {
  server = await startNeo4j({ isolated: true })
  driver = neo4j.driver(server.uri, neo4j.auth.basic(server.user, server.password))
})
afterAll(async () => {
  await driver?.close()
  await server?.stop()
})

function settings(): Env {
  return {
    HEARTH_REDIS_URL: redisUrl(),
    HEARTH_QUEUE_PREFIX: fresh('q'),
    HEARTH_NEO4J_URI: server.uri,
    HEARTH_NEO4J_USER: server.user,
    HEARTH_NEO4J_PASSWORD: server.password,
    HEARTH_PORT: '0',
  }
}

async function startScheduler(env: Env): Promise<{ scheduler: HearthProcess; pages: string }> {
  const scheduler = startHearth(['scheduler'], env)
  const [, pages = ''] = await scheduler.says(/the pages are at (http:\S+?)"/)
  await scheduler.says(/ready: one scheduler acts/)
  await expect.poll(() => scheduler.messages).toEqual(['ready']) // what pm2 hears
  return { scheduler, pages }
}

/** As docs/outbox.md has it for other languages. */
async function record(worldId: string, changes: string): Promise<void> {
  await driver.executeQuery(
    'CREATE (:CacheOutbox {id: randomUUID(), world_id: $worldId, changes: $changes, recorded_at: timestamp()})',
    { worldId, changes },
  )
}

/** A Neo4j that has just been started plans its first queries slowly. */
const coldNeo4j = { timeout: 15_000 }

/** A number of `/metrics`, by its name. */
async function metric(pages: string, name: string): Promise<number> {
  const text = await (await fetch(`${pages}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

test('two schedulers: one relays, the other takes over when it is killed, and stops cleanly', async () => {
  const env = settings()
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

  await record('w1', '[{"kind": "event-added", "entityIds": ["c1", "l1"]}]')
  await record('w1', 'storm')
  await expect.poll(() => metric(pages, 'lw_outbox_relayed_total'), coldNeo4j).toBe(1)
  expect((await queue.getWaiting()).map(job => job.name).sort()).toEqual(['timeline c1', 'timeline l1'])
  await first.says(/put 1 recorded changes aside: changes is not valid/)
  expect(await metric(pages, 'lw_outbox_refused_total')).toBe(1)
  expect(await metric(second.pages, 'lw_outbox_relayed_total')).toBe(0)

  first.kill('SIGKILL')
  await record('w1', '[{"kind": "flags-changed"}]')
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

test('a scheduler waits for servers that are not there yet, says so once, and stops when told to', async () => {
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
