// One of the processes of the chaos test: a game that reads and writes registers until a message stops it, or the
// workers and the relay.

import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import neo4j from 'neo4j-driver'
import { pino } from 'pino'
import { Closing } from '../../cli/closing.ts'
import { startServing } from '../../cli/process.ts'
import { readConfig } from '../../config/read.ts'
import { HearthError, neo4jWorld, recordChanges } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import type { Ask, ChaosSetup, Seen } from './messages.ts'

const raise = `if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then redis.call('SET', KEYS[1], ARGV[1]) end`
const setup = JSON.parse(process.argv[2] ?? '{}') as ChaosSetup
const { worldId, entityIds, index, broken } = setup

process.on('unhandledRejection', error => {
  console.error('unhandled rejection', error)
  process.exit(70)
})
if (setup.role === 'hearth') await serve()
else await play()

async function serve(): Promise<void> {
  const config = readConfig({
    env: {
      HEARTH_REDIS_URL: setup.cacheUrl,
      HEARTH_QUEUE_REDIS_URL: setup.queueUrl,
      HEARTH_QUEUE_PREFIX: setup.prefix,
      HEARTH_PORT: '0',
    },
    needs: ['redisUrl'],
  })
  const closing = new Closing()
  const stop = new AbortController()
  const log = pino({ level: 'silent' })
  const world = neo4jWorld(setup.neo4j)
  const serving = await startServing({
    name: 'chaos',
    parts: ['workers', 'relay'],
    config,
    world,
    log,
    closing,
  })
  await serving.work(stop.signal)
  process.on('message', async ({ ask }: Ask) => {
    if (ask !== 'stop') return
    stop.abort()
    await closing.close()
    process.disconnect()
  })
  process.send?.('ready')
}

async function play(): Promise<void> {
  const judge = new Redis(setup.judgeUrl)
  const driver = neo4j.driver(setup.neo4j.uri, neo4j.auth.basic(setup.neo4j.user, setup.neo4j.password), {
    disableLosslessIntegers: true,
    maxTransactionRetryTime: 1_000,
    connectionAcquisitionTimeout: 1_000,
  })
  let seen = nothingSeen()
  const world = timed(neo4jWorld(setup.neo4j))
  const hearth = openedHearth({
    cache: setup.cacheUrl,
    queue: setup.queueUrl,
    queuePrefix: setup.prefix,
    world,
    lives: { kindsMs: { entity: 2_000 }, jitter: 0.5 },
  })
  if (broken === 'trust') {
    const { breaker, cacheState } = hearth.cache
    Object.defineProperty(cacheState, 'isTrusted', { get: () => breaker.closed })
    Object.assign(cacheState, { trusts: () => breaker.closed })
  }
  if (broken === 'in-process drop') hearth.cache.memory.drop = () => {}
  const own = new Map<string, number>()
  const ref = (id: string) => ({ type: 'character', id }) as const
  const pick = <T>(items: readonly T[]) => items[Math.floor(Math.random() * items.length)] as T
  const flagWorld = `${worldId}-flags-${index}`
  let counter = 0
  let running = true

  function timed(world: World): World {
    const entities: World['entities'] = async (id, refs) => {
      const from = performance.now()
      try {
        return await world.entities(id, refs)
      } finally {
        seen.slowestLoadMs = Math.max(seen.slowestLoadMs, performance.now() - from)
      }
    }
    return { ...world, entities }
  }

  /** Counts a read and its time; undefined if it failed. */
  async function read<T>(reading: () => Promise<T>): Promise<T | undefined> {
    const from = performance.now()
    try {
      return await reading()
    } catch (error) {
      const code = error instanceof HearthError ? error.code : String(error)
      seen.failed[code] = (seen.failed[code] ?? 0) + 1
      return undefined
    } finally {
      seen.reads++
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - from)
    }
  }

  const acknowledged = async (id: string) => Number((await judge.get(`ack:${id}`)) ?? 0)

  async function readEntity() {
    const id = pick(entityIds)
    const [least, mine] = [await acknowledged(id), own.get(id) ?? 0]
    const trusted = hearth.cache.cacheState.isTrusted
    const from = Date.now()
    const entity = await read(() => hearth.entity(worldId, ref(id)))
    if (entity === undefined) return
    const n = Number(entity?.['n'] ?? -1)
    if (n >= Math.max(least, mine)) return
    if (n >= mine && !(trusted && hearth.cache.cacheState.isTrusted)) {
      // Another process's change: what was loaded within the last second may be from before it.
      const later = Array.from({ length: least - n }, (_, i) => `${n + 1 + i}`)
      const times = (await judge.hmget(`times:${id}`, ...later)).filter(time => time !== null).map(Number)
      if (from - Math.min(...times) <= 1_100) {
        seen.behind++
        return
      }
    }
    const cache = `${trusted ? 'trusted' : 'not trusted'}, then ${hearth.cache.cacheState.current}`
    say(`${id}: read ${n}; acknowledged ${least}, own ${mine} (${cache})`)
  }

  function say(what: string) {
    seen.stale++
    if (seen.examples.length < 5) seen.examples.push(what)
  }

  async function readFlags() {
    const least = own.get(flagWorld) ?? 0
    const flags = await read(() => hearth.flags(flagWorld))
    if (flags === undefined) return
    const n = Number(flags?.['n'] ?? 0)
    if (n < least) say(`own flags: read ${n} after ${least}`)
  }

  async function writeEntity() {
    const id = pick(entityIds)
    const changes = [{ kind: 'entity-updated', type: 'character', id } as const]
    const session = driver.session()
    try {
      const { value, recorded } = await session.executeWrite(
        async tx => {
          const { records } = await tx.run(
            'MATCH (:World {world_id: $worldId})-[:CONTAINS_CHARACTER]->(c {character_id: $id}) SET c.n = c.n + 1 RETURN c.n AS n',
            { worldId, id },
          )
          return {
            value: records[0]?.get('n') as number,
            recorded: await recordChanges(tx, worldId, changes),
          }
        },
        { timeout: 2_000 },
      )
      const outcome = await hearth.changed(worldId, changes, { recorded })
      seen.writes++
      own.set(id, Math.max(value, own.get(id) ?? 0))
      if (outcome === 'deferred') {
        seen.deferred++
        return
      }
      await judge.hset(`times:${id}`, String(value), Date.now())
      await judge.eval(raise, 1, `ack:${id}`, value)
    } finally {
      session.close().catch(() => {})
    }
  }

  async function writeFlags() {
    const value = ++counter
    await hearth.setFlags(flagWorld, { n: value })
    seen.writes++
    own.set(flagWorld, value)
  }

  async function repeat(act: () => Promise<void>, pauseMs: number) {
    while (running) {
      await act().catch(() => {
        seen.writesFailed++
      })
      await sleep(Math.random() * pauseMs)
    }
  }

  /** How many registers are read with another value than Neo4j has. */
  async function compare(): Promise<string[]> {
    const session = driver.session()
    const { records } = await session.run(
      'MATCH (:World {world_id: $worldId})-[:CONTAINS_CHARACTER]->(c) RETURN c.character_id AS id, c.n AS n',
      { worldId },
    )
    await session.close()
    const truth = new Map(records.map(record => [record.get('id') as string, record.get('n') as number]))
    const read = await hearth.entities(worldId, entityIds.map(ref))
    return entityIds.flatMap((id, i) =>
      read[i]?.['n'] === truth.get(id) ? [] : `${id}: read ${read[i]?.['n']}, truth ${truth.get(id)}`,
    )
  }

  function begin(): Promise<void>[] {
    running = true
    return [
      ...Array.from({ length: 3 }, () => repeat(readEntity, 4)),
      repeat(readFlags, 8),
      repeat(writeEntity, 20),
      repeat(writeFlags, 60),
    ]
  }

  let acting: Promise<void>[] = []
  process.on('message', async ({ ask }: Ask) => {
    if (ask === 'begin') acting = begin()
    if (ask === 'state') process.send?.(hearth.cache.cacheState.current)
    if (ask === 'seen') {
      globalThis.gc?.()
      const heapMb = process.memoryUsage().heapUsed / 2 ** 20
      process.send?.({ ...seen, heapMb, state: hearth.cache.cacheState.current } satisfies Seen)
      seen = nothingSeen()
    }
    if (ask === 'rest') {
      running = false
      await Promise.all(acting)
      process.send?.('rests')
    }
    if (ask === 'compare') process.send?.(await compare())
    if (ask === 'stop') {
      running = false
      await Promise.all(acting)
      await hearth.close()
      await driver.close()
      judge.disconnect()
      process.disconnect()
    }
  })
  await world.saveSnapshot(flagWorld, {})
  await hearth.cache.ping()
  process.send?.('ready')
}

function nothingSeen(): Seen {
  return {
    reads: 0,
    failed: {},
    slowestMs: 0,
    slowestLoadMs: 0,
    stale: 0,
    examples: [],
    behind: 0,
    writes: 0,
    deferred: 0,
    writesFailed: 0,
    heapMb: 0,
    state: '',
  }
}
