import { expect, onTestFinished, test } from 'vitest'
import * as command from '../../cli/connect.ts'
import { openNeo4j } from '../../cli/open-neo4j.ts'
import { defineConfig } from '../../config/define.ts'
import type { Fingerprint } from '../../config/fingerprint.ts'
import { readConfig } from '../../config/read.ts'
import { type Comparison, createComparison, type Differing } from '../../hearth/comparison.ts'
import { partsOf } from '../../hearth/hearth.ts'
import { openStore } from '../../queues/redis.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { ask, openPages } from '../support/http.ts'
import { questsOfPage } from '../support/own-kind.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

const patiently = { timeout: 15_000 }
const place = () => ({ address: redisUrl(), prefix: fresh('q') })

/** The argument of a callback's first call. */
function firstOf<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>(resolved => {
    resolve = resolved
  })
  return { promise, resolve: (value: T) => resolve(value) }
}

/** A process of a fleet, and the arguments of its calls; `next` resolves with the next one. */
function join(at: ReturnType<typeof place>, name: string, fingerprint: Record<string, string>) {
  const heard: (Differing | null)[] = []
  const waiting: (() => void)[] = []
  const comparison: Comparison = createComparison({
    place: at,
    name,
    fingerprint,
    everyMs: 500, // long enough that a delay on a busy machine does not count as a death
    onDiffering(differing) {
      heard.push(differing)
      for (const heard of waiting.splice(0)) heard()
    },
  })
  onTestFinished(() => comparison.close())
  const next = () => new Promise<void>(resolve => waiting.push(resolve))
  return { comparison, heard, next }
}

test('a process that differs reports it once, with the processes and the difference, and reports when none differs any more', async () => {
  const at = place()
  const first = join(at, 'worker', { topK: '50', 'world.privacy': '#1' })
  const begun = first.next()
  const other = join(at, 'scheduler', { topK: '20', 'world.privacy': '#1' })
  await begun
  const { processes, differences, text } = first.heard[0] as Differing
  expect(processes).toEqual([expect.stringMatching(/^scheduler \S+:\d+$/)])
  expect(differences).toEqual([{ part: 'topK', here: '50', there: '20' }])
  expect(text).toMatch(/^scheduler \S+ differs from this process .*: topK is 20 there and 50 here$/)
  expect(first.comparison.differing()).toEqual([first.heard[0]])

  const [inAnotherWay, alike] = [first.next(), join(at, 'dashboard', { topK: '50', 'world.privacy': '#1' })]
  join(at, 'backend', { topK: '50', 'world.privacy': '#2' })
  await inAnotherWay
  expect(first.heard.map(differing => differing?.differences[0]?.part)).toEqual(['topK', 'world.privacy'])
  await expect.poll(() => alike.heard.length, patiently).toBe(2) // and none of them twice
  expect(first.heard).toHaveLength(2)

  await other.comparison.close()
  await expect.poll(() => first.comparison.differing(), patiently).toHaveLength(1)
})

test('a process that closes is removed at once, one that dies after three turns, and then all are equal', async () => {
  const at = place()
  const { redis } = openStore({ address: at.address })
  onTestFinished(() => redis.disconnect())
  const dead = { id: 'dead', name: 'worker', by: 'gone:1', fingerprint: { topK: '20' } }
  await redis.set(`${at.prefix}:process:dead`, JSON.stringify(dead), 'PX', 1_500)
  await redis.sadd(`${at.prefix}:processes`, 'dead', 'of another version')
  await redis.set(`${at.prefix}:process:of another version`, 'not JSON', 'PX', 60_000)
  const one = join(at, 'worker', { topK: '50' })
  await one.next()
  if (one.heard.length < 2) await one.next()
  expect(one.heard.map(differing => differing?.processes ?? null)).toEqual([['worker gone:1'], null])
  expect(await redis.smembers(`${at.prefix}:processes`)).not.toContain('dead')
  await one.comparison.close()
  expect(await redis.keys(`${at.prefix}:process:*`)).toEqual([`${at.prefix}:process:of another version`])
})

test('in a large fleet turns are rarer, and each reads what it does not know yet and some of what it knows', async () => {
  const at = place()
  const { redis } = openStore({ address: at.address })
  onTestFinished(() => redis.disconnect())
  const ids = Array.from({ length: 399 }, (_, i) => `known-${i}`)
  const texts = ids.map(id => JSON.stringify({ id, name: 'game', by: `${id}:1`, fingerprint: {} }))
  await redis.mset(Object.fromEntries(ids.map((id, i) => [`${at.prefix}:process:${id}`, texts[i]])))
  await redis.sadd(`${at.prefix}:processes`, ...ids)
  const monitor = await redis.monitor()
  onTestFinished(() => monitor.disconnect())
  const [lives, read]: [number[], number[]] = [[], []]
  const turned = new Promise<void>(resolve => {
    monitor.on('monitor', (_time: string, [command, key, ...more]: string[]) => {
      if (!key?.startsWith(`${at.prefix}:process`)) return
      if (command === 'set') lives.push(Number(more[2]))
      if (command === 'mget') read.push(1 + more.length)
      if (read.length === 2) resolve()
    })
  })
  const one = join(at, 'worker', {})
  await turned
  expect(lives, 'three turns of 500 ms, then of 2,000').toEqual([1_500, 6_000])
  expect(read).toEqual([399, 20])
  expect(one.comparison.count()).toBe(400)
})

test("without the queues' Redis a process starts, works and closes as always", async () => {
  const one = join({ address: 'redis://127.0.0.1:1', prefix: 'q' }, 'worker', { topK: '50' })
  expect(one.comparison.differing()).toEqual([])
  await one.comparison.close()
})

test('a backend with other options is reported by its name in onDiffering and in /readyz, which stays ready', async () => {
  const { prefix } = place()
  const heard = firstOf<Differing | null>()
  const privacy = { privateNames: { add: ['nickname'] } }
  openHearth({ queuePrefix: prefix, topK: 20, world: embeddedWorld({ privacy }), processName: 'game' })
  const { hearth } = openHearth({
    queuePrefix: prefix,
    world: embeddedWorld(),
    onDiffering: heard.resolve,
  })
  const differing = () =>
    partsOf(hearth)
      .differing()
      .map(({ text }) => text)
  const { url } = await openPages({ overview: { differing } })
  await heard.promise
  const ready = await ask(`${url}/readyz`)
  expect(ready.status).toBe(200)
  const text = expect.stringMatching(/^game \S+ differs .*: topK is 20 there and 50 here; world.privacy is #/)
  expect(ready.json).toEqual({
    ready: true,
    problems: [],
    differing: [text],
    near: { state: expect.any(String) },
  })
})

test('without onDiffering a difference is reported to onError, and a hearth without a process name is not compared', async () => {
  const { prefix } = place()
  const heard = firstOf<Error>()
  openHearth({ queuePrefix: prefix, topK: 30, processName: false })
  openHearth({ queuePrefix: prefix, topK: 20 })
  openHearth({ queuePrefix: prefix, onError: heard.resolve })
  const { message } = await heard.promise
  expect(message).toMatch(/^backend \S+ differs .*topK is 20 there and 50 here/)
  expect(message).not.toContain('topK is 30') // a number of a process may hold 30
})

test('a backend and the processes that were given one configuration object have one fingerprint', async () => {
  const { address, prefix } = place()
  const config = defineConfig({
    kinds: [questsOfPage()],
    world: {
      cypher: { flags: 'MATCH (w:World {world_id: $worldId}) RETURN w.own_flags AS flags' },
      privacy: { privateNames: { add: ['nickname'] }, fields: { location: ['mood'] } },
    },
    topK: 20,
    lives: { kindsMs: { timeline: 60_000, quests: 70_000 }, nullMs: 1_000, jitter: 0.2 },
  })
  const { uri, user, password } = neo4jAuth()
  const env = {
    HEARTH_REDIS_URL: address,
    HEARTH_QUEUE_PREFIX: prefix,
    HEARTH_NEO4J_URI: uri,
    HEARTH_NEO4J_USER: user,
    HEARTH_NEO4J_PASSWORD: password,
  }
  const settings = readConfig({ env, file: config, needs: ['redisUrl', 'neo4jUri'] })

  const world = neo4jWorld({ uri, user, password, config })
  openHearth({ queuePrefix: prefix, world, config, processName: 'game' })
  const process = { config: settings, world: openNeo4j(settings), processName: 'worker' }
  const worker = command.openHearth(process)
  onTestFinished(() => worker.close())

  const { redis } = openStore({ address })
  onTestFinished(() => redis.disconnect())
  const fingerprints = async (): Promise<Record<string, Fingerprint>> => {
    const keys = await redis.keys(`${prefix}:process:*`)
    const members = (await Promise.all(keys.map(key => redis.get(key)))).map(text => JSON.parse(text ?? '{}'))
    return Object.fromEntries(members.map(({ name, fingerprint }) => [name, fingerprint]))
  }
  await expect.poll(async () => Object.keys(await fingerprints()).sort()).toEqual(['game', 'worker'])
  const found = await fingerprints()
  expect(found['game']).toEqual(found['worker'])
  expect(found['game']).toMatchObject({
    topK: '20',
    'lives.kindsMs.timeline': '60000',
    'lives.kindsMs.quests': '70000',
    'kinds.quests': expect.stringMatching(/^#/),
    'world.cypher.flags': expect.stringMatching(/^#/),
  })
  const usual = embeddedWorld().decides?.['privacy']
  expect(world.decides?.['privacy']).not.toEqual(usual)
})
