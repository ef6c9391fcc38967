import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test } from 'vitest'
import { connectCache } from '../../cache/connect.ts'
import { freePort } from '../../cli/servers/start-child.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openCache } from '../support/setup.ts'
import { type Env, type HearthProcess, hearth, root, settings, startHearth } from './hearth-command.ts'

const xahAtho = join(root, '../shared/data/xah-atho')
if (!existsSync(xahAtho)) console.log('[e2e] no ../shared/data/xah-atho: its tests are skipped')

/** A world of this name is removed from Neo4j when the test ends. */
function freshWorld(): string {
  const worldId = fresh('xah-atho')
  onTestFinished(() => query('MATCH (n {world_id: $worldId}) DETACH DELETE n', { worldId }))
  return worldId
}

async function query(cypher: string, parameters: object): Promise<void> {
  const { uri, user, password } = neo4jAuth()
  const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
  await driver.executeQuery(cypher, parameters)
  await driver.close()
}

async function startWorker(env: Env): Promise<HearthProcess> {
  const worker = startHearth(['worker'], env)
  await worker.says(/ready: waiting for jobs/)
  return worker
}

interface Row {
  what: string
  entries: number
  empty: number
  absent: number
}

async function warmRows(worldId: string, env: Env): Promise<Record<string, Row>> {
  const { out } = await hearth(['inspect', worldId, '--json'], env)
  const { rows } = JSON.parse(out) as { rows: Row[] }
  return Object.fromEntries(rows.map(row => [row.what, row]))
}

test.skipIf(!existsSync(xahAtho))(
  'a folder is imported, warmed by a worker, inspected and read',
  async () => {
    const [env, worldId] = [settings(), freshWorld()]
    const { HEARTH_REDIS_URL = '' } = env

    const imported = await hearth(['import', xahAtho, '--world', worldId], env)
    expect(imported).toMatchObject({ code: 0, err: '' })
    expect(imported.out).toContain('156 entities and 157 events')
    expect(imported.out).toContain('100 % (313 of 313')

    const [cold, unloadable, worker] = await Promise.all([
      hearth(['inspect', worldId], env),
      hearth(['read', worldId, '--flags'], { HEARTH_REDIS_URL }),
      startWorker(env),
    ])
    expect(cold.out).toContain(`Nothing of "${worldId}" is warm`)
    expect(unloadable).toMatchObject({ code: 1, err: expect.stringContaining('no Neo4j is configured') })
    const activated = await hearth(['activate', worldId, '--wait'], env)
    expect(activated).toMatchObject({ code: 0, err: '' })
    expect(activated.out).toMatch(/is warm: 314 entries \(314 loaded, 0 warm already\)/)
    const again = await hearth(['activate', worldId, '--wait'], env)
    expect(again.out).toMatch(/is warm: 314 entries \(0 loaded, 314 warm already\)/)

    const ready = await hearth(['activate', worldId, '--force', '--wait=ready'], env)
    expect(ready).toMatchObject({ code: 0, err: '' })
    expect(ready.out).toMatch(/entries \(314 loaded, 0 warm already\) in .+, ready after/)

    const [rows, shown, hit] = await Promise.all([
      warmRows(worldId, env),
      hearth(['inspect', worldId], env),
      hearth(['read', worldId, '--snapshot', '--json'], { HEARTH_REDIS_URL }),
    ])
    // Not beside these: what is missing is remembered, and counted.
    const missed = await hearth(['read', worldId, '--entity', 'character:nobody', '--json'], env)
    expect(rows).toMatchObject({
      flags: { entries: 1 },
      snapshot: { entries: 1 },
      character: { entries: 97, absent: 0 },
      location: { entries: 58, absent: 0 },
      object: { entries: 1, absent: 0 },
      timeline: { entries: 156, empty: 60, absent: 0 },
    })
    expect(shown.out).toMatch(/│ character │ +97 │ +0 │ +0 │ +[\d.]+ kB │ 1[3-6] min/)
    expect(JSON.parse(hit.out)).toMatchObject({ outcome: 'hit', value: { world_id: worldId } })
    expect(JSON.parse(missed.out)).toMatchObject({ outcome: 'miss', value: null })

    worker.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
  },
)

test('by commands alone a game writes, appends, reports and reads, and an operator looks at worlds and jobs', async () => {
  const [env, worldId] = [settings(), freshWorld()]
  const at = '2030-01-01T00:00:00'
  await query(
    'CREATE (:World {world_id: $worldId})-[:CONTAINS_CHARACTER]->(:Character {character_id: "c1"})',
    {
      worldId,
    },
  )
  const event = JSON.stringify([{ event_id: 'e1', timestamp: at, participants: ['c1'] }])
  const change = '[{"kind": "entity-updated", "type": "character", "id": "c1"}]'
  const [flags, saved, appended, changed, notJson] = await Promise.all([
    hearth(['flags', worldId, '{"weather": "storm", "big": 12345678901234567890}'], env),
    hearth(['snapshot', worldId, '{"world_status": "paused"}'], env),
    hearth(['append', worldId, event], env),
    hearth(['changed', worldId, change], env),
    hearth(['changed', worldId, 'flags-changed'], env),
  ])
  expect(flags).toMatchObject({ code: 0, err: '' })
  expect(flags.out).toContain('12345678901234567890')
  expect(JSON.parse(saved.out)).toMatchObject({ world_id: worldId, world_status: 'paused' })
  expect(JSON.parse(appended.out)).toMatchObject({ eventIds: ['e1'] })
  expect(changed.out).toContain('from now on')
  expect(notJson).toMatchObject({ code: 2, err: expect.stringContaining('<changes> must be JSON') })

  await openCache({ redis: connectCache(redisUrl(), () => {}) }).activeWorlds.touch(worldId)
  const [read, worlds] = await Promise.all([
    hearth(['read', worldId, '--flags', '--timeline', 'c1'], env),
    hearth(['worlds', '--top', '1000', '--json'], env),
    hearth(['activate', worldId], env),
  ])
  const { version, values } = JSON.parse(read.out)
  expect(values).toMatchObject([{ weather: 'storm' }, [{ event_id: 'e1', timestamp: at }]])
  expect(version).toEqual(expect.any(Number))
  expect(JSON.parse(worlds.out).worlds.map(({ id }: { id: string }) => id)).toContain(worldId)

  const [waiting, deactivated] = await Promise.all([
    hearth(['jobs', 'warm', '--state', 'waiting', '--json'], env),
    hearth(['deactivate', worldId], env),
  ])
  expect(deactivated.out).toBe(`${worldId} is no longer refreshed.\n`)
  const [job] = JSON.parse(waiting.out)
  expect(job).toMatchObject({ worldId, queue: 'warm' })
  const [shown, retried] = await Promise.all([
    hearth(['jobs', 'warm', job.id], env),
    hearth(['retry', 'warm', job.id], env),
  ])
  expect(JSON.parse(shown.out)).toMatchObject({ id: job.id })
  expect(retried).toMatchObject({ code: 1, err: expect.stringContaining('only a failed one can run again') })
  const [paused, all, unnamed, unknown] = await Promise.all([
    hearth(['pause', 'refresh'], env),
    hearth(['retry', 'warm', '--all'], env),
    hearth(['retry', 'warm'], env),
    hearth(['resume', 'none'], env),
  ])
  expect(paused.out).toContain('The queue refresh is paused')
  expect(all.out).toBe('0 failed jobs of the queue warm run again; 0 remain failed.\n')
  expect(unnamed).toMatchObject({ code: 2, err: expect.stringContaining('--reason') })
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('there is no queue "none"') })
  expect((await hearth(['resume', 'refresh'], env)).out).toBe('The queue refresh gives out its jobs.\n')
})

test('activating a world that does not exist fails and says so', async () => {
  const env = settings()
  const worker = await startWorker(env)
  const worldId = fresh('nowhere')
  const activated = await hearth(['activate', worldId, '--wait'], env)
  expect(activated).toMatchObject({ code: 1, err: `There is no world "${worldId}" in Neo4j.\n` })
  worker.kill('SIGINT')
  expect(await worker.ended).toBe(0)
})

test('schema reports what it created; adopting a world that does not exist is an error', async () => {
  const env = settings()
  const made = await hearth(['schema'], env)
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toMatch(/│ hearth_\w+ +│ .+ │ (created|there already)/)
  const worldId = fresh('nowhere')
  const adopted = await hearth(['schema', '--adopt', worldId], env)
  expect(adopted).toMatchObject({ code: 1, err: expect.stringContaining(worldId) })
  expect(adopted.err).not.toContain(' at ') // no stack trace
})

test('a worker waits for servers that are not there yet, logs it once, and still stops on a signal', async () => {
  const worker = startHearth(['worker'], {
    ...settings(),
    HEARTH_REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    HEARTH_NEO4J_URI: `bolt://127.0.0.1:${await freePort()}`,
  })
  const [, pages = ''] = await worker.says(/the pages are at (http:\S+?)"/)
  await worker.says(/Redis at \S+ does not answer/)
  await worker.says(/Neo4j at \S+ does not answer/)
  for (let asked = 0; asked < 3; asked++) {
    const ready = await fetch(`${pages}/readyz`)
    expect(ready.status).toBe(503)
    const { problems } = (await ready.json()) as { problems: string[] }
    expect(problems.join()).toMatch(/Redis at .*Neo4j at .*the workers have not started/)
  }
  expect((await fetch(`${pages}/healthz`)).status).toBe(200)
  expect(worker.printed().match(/does not answer/g)).toHaveLength(2)
  expect(worker.printed(), 'no line without words').not.toContain('"msg":""')
  expect(worker.printed()).not.toContain('ready: waiting')
  worker.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  expect(worker.messages).toEqual([])
})

test('all problems of the configuration are reported at once, with suggestions for misspelt names', async () => {
  const { HEARTH_NEO4J_URI: _, ...env } = settings()
  const worker = await hearth(['worker', '--warm-chunk', 'many'], {
    ...env,
    HEARTH_PORT: 'x',
    HEARTH_TOPK: '9',
  })
  expect(worker.code).toBe(2)
  expect(worker.err).toContain('HEARTH_TOPK is not a setting; did you mean HEARTH_TOP_K?')
  expect(worker.err).toContain('HEARTH_PORT is "x"; expected')
  expect(worker.err).toContain('--warm-chunk is "many"; expected')
  expect(worker.err).toContain('HEARTH_NEO4J_URI is missing')
  expect(worker.err).not.toContain(' at ')
})

test('wrong usage exits with 2 and says what would be right', async () => {
  expect(await hearth(['activat'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean activate?'),
  })
  const env = { HEARTH_REDIS_URL: redisUrl() }
  const both = await hearth(['read', 'w1'], env)
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining('one or more of') })
  const ref = await hearth(['read', 'w1', '--entity', 'dragon:smaug'], env)
  expect(ref).toMatchObject({ code: 2, err: expect.stringContaining('one of character, location, object') })
})

test('a Redis that does not answer causes a message, not a stack trace', async () => {
  const env = { HEARTH_REDIS_URL: `redis://:secret@127.0.0.1:${await freePort()}` }
  for (const args of [
    ['inspect', 'w1'],
    ['read', 'w1', '--flags'],
    ['activate', 'w1'],
  ]) {
    const { code, err } = await hearth(args, env)
    expect(code).toBe(1)
    expect(err).toMatch(/does not answer|did not take the job/)
    expect(err).not.toMatch(/secret|\n +at /)
  }
})

test('a port that is taken causes a message, and everything that was started is stopped', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? String(address.port) : ''
  const dev = startHearth(['dev', '--entities', '10'], { HEARTH_PORT: port })
  expect(await dev.ended).toBe(2)
  expect(dev.printed()).toContain(`HEARTH_PORT is ${port}, where something else listens`)
})
