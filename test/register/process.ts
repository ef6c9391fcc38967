// One of the processes of the register test: a backend with its own worker. It reads and writes registers at random
// until a message stops it, and reports what it saw.

import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import neo4j from 'neo4j-driver'
import { type AppendedEvent, HearthError, neo4jWorld, recordChanges, startPool } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import { withoutLeaseCheck } from '../support/broken-scripts.ts'
import { kinds } from '../support/kinds.ts'
import type { ProcessReport, RegisterSetup } from './setup.ts'

const setup = JSON.parse(process.argv[2] ?? '{}') as RegisterSetup
const { redisUrl, queueUrl, neo4jAuth, prefix, worldId, entityIds, flagWorlds, timelineIds } = setup
const { index, processes, readers, leaseCheck } = setup

const report: ProcessReport = {
  reads: 0,
  writes: 0,
  warms: 0,
  refreshes: 0,
  deferred: 0,
  bypassed: 0,
  away: 0,
  stale: [],
  errors: [],
}
const acknowledgedKey = (target: string) => `${prefix}:acknowledged:${target}`
const raiseScript = `if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then redis.call('SET', KEYS[1], ARGV[1]) end`

const plain = new Redis(queueUrl)
const driver = neo4j.driver(neo4jAuth.uri, neo4j.auth.basic(neo4jAuth.user, neo4jAuth.password), {
  disableLosslessIntegers: true,
})
const world = slowToLoad(neo4jWorld(neo4jAuth))
const hearth = openedHearth({
  cache: redisUrl,
  queue: queueUrl,
  queuePrefix: prefix,
  world,
  lives: { kindsMs: { entity: 300, timeline: 300 }, jitter: 0.5 }, // so short that entries are loaded again and again
  outageCache: { lifeMs: 0 }, // while Redis is away it may be up to a second behind other processes, as docs/outages.md says
  ...(leaseCheck ? {} : { scripts: withoutLeaseCheck }),
  observer: {
    bypassed(_, reads) {
      report.bypassed += reads
    },
  },
})
const deps = hearth.jobDeps({ chunkSize: 10 })
const pool = await startPool({ address: queueUrl, prefix, deps })
let running = true

/** Loads with a pause between reading and storing, in which a change may happen. */
function slowToLoad(world: World): World {
  const after = async <T>(loading: Promise<T>) => {
    const value = await loading
    if (Math.random() < 0.3) await sleep(Math.random() * 8)
    return value
  }
  return {
    ...world,
    flags: id => after(world.flags(id)),
    entities: (id, refs) => after(world.entities(id, refs)),
    timelines: (id, ids, limit) => after(world.timelines(id, ids, limit)),
  }
}

const pick = <T>(items: readonly T[]) => items[Math.floor(Math.random() * items.length)] as T
const acknowledged = async (target: string) => Number((await plain.get(acknowledgedKey(target))) ?? 0)
const acknowledge = (target: string, value: number) =>
  plain.eval(raiseScript, 1, acknowledgedKey(target), value)
const ref = (id: string) => ({ type: 'character', id }) as const

function check(target: string, least: number, seen: unknown) {
  report.reads++
  if (Number(seen ?? 0) < least) report.stale.push(`${target}: read ${seen} after ${least} was acknowledged`)
}

async function readEntity() {
  const id = pick(entityIds)
  const least = await acknowledged(id)
  check(id, least, (await hearth.entity(worldId, ref(id)))?.['n'])
}

async function readSeveral() {
  const ids = [pick(entityIds), pick(entityIds), pick(entityIds)]
  const least = await Promise.all(ids.map(acknowledged))
  const entities = await hearth.entities(worldId, ids.map(ref))
  ids.forEach((id, i) => {
    check(id, least[i] as number, entities[i]?.['n'])
  })
}

async function readFlags() {
  const id = pick(flagWorlds)
  const least = await acknowledged(id)
  check(id, least, (await hearth.flags(id))?.['n'])
}

/** Writes like a backend: in its own transaction, with the change recorded in it; then reports the change. */
async function writeEntity() {
  const id = pick(entityIds)
  const changes = [{ kind: 'entity-updated', type: 'character', id } as const]
  const session = driver.session()
  try {
    const { value, recorded } = await session.executeWrite(async tx => {
      const { records } = await tx.run(
        'MATCH (:World {world_id: $worldId})-[:CONTAINS_CHARACTER]->(c {character_id: $id}) SET c.n = c.n + 1 RETURN c.n AS n',
        { worldId, id },
      )
      return { value: records[0]?.get('n') as number, recorded: await recordChanges(tx, worldId, changes) }
    })
    const outcome = await hearth.changed(worldId, changes, { recorded })
    report.writes++
    if (outcome === 'invalidated') await acknowledge(id, value)
    else report.deferred++
  } finally {
    await session.close()
  }
}

/** Through Hearth. Each world's flags have one writer, whose values only grow. */
const mine = flagWorlds.filter((_, i) => i % processes === index)
let counter = 0
async function writeFlags() {
  const id = pick(mine)
  const value = ++counter
  await hearth.setFlags(id, { n: value })
  report.writes++
  await acknowledge(id, value)
}

/**
 * By write-behind. A timeline has one writer, whose events' numbers and times only grow; all share one more timeline.
 */
const myTimelines = timelineIds.slice(1).filter((_, i) => i % processes === index)
async function appendEvent() {
  const id = pick(myTimelines)
  const value = ++counter
  const timestamp = new Date(value * 1_000).toISOString()
  const event = { event_id: `${index}-${value}`, timestamp, participants: [id], location_id: timelineIds[0] }
  const { outcome } = await hearth.appendEvents(worldId, [event as AppendedEvent])
  report.writes++
  if (outcome === 'visible') await acknowledge(`timeline ${id}`, value)
  else report.deferred++
}

async function readTimeline() {
  const id = pick(timelineIds.slice(1))
  const least = await acknowledged(`timeline ${id}`)
  const [newest] = await hearth.timeline(worldId, id, { limit: 1 })
  check(`timeline ${id}`, least, newest?.event_id.split('-')[1])
}

async function refreshTimeline() {
  const id = pick(timelineIds)
  const entries = [hearth.cache.keys.entry(kinds.timeline, worldId, id)]
  const load = deps.loads.of(kinds.timeline, worldId)
  await hearth.cache.fill({ entries, load, mode: 'renew', by: 'refresh', waitMs: 50 })
  report.refreshes++
}

async function refresh() {
  const id = pick(entityIds)
  const entries = [hearth.cache.keys.entry(kinds.entity, worldId, ref(id))]
  const load = deps.loads.of(kinds.entity, worldId)
  await hearth.cache.fill({ entries, load, mode: 'renew', by: 'refresh', waitMs: 50 })
  report.refreshes++
}

async function warm() {
  await hearth.warm(worldId, { force: Math.random() < 0.5 })
  report.warms++
}

/** A question to Redis itself, and not a read of Hearth, while Redis did not answer. */
const isOutage = (error: unknown) =>
  error instanceof HearthError && ['CacheUnavailable', 'QueueUnavailable'].includes(error.code)

async function repeat(act: () => Promise<void>, pauseMs = 0) {
  while (running) {
    try {
      await act()
    } catch (error) {
      if (isOutage(error)) report.away++
      else report.errors.push(error instanceof Error ? error.message : String(error))
    }
    await sleep(Math.random() * pauseMs)
  }
}

process.once('message', async () => {
  const acting = [
    ...Array.from({ length: readers }, () => [
      repeat(readEntity),
      repeat(readSeveral),
      repeat(readFlags),
      repeat(readTimeline),
    ]).flat(),
    repeat(writeEntity),
    repeat(writeFlags),
    repeat(appendEvent, 5),
    repeat(refreshTimeline, 20),
    repeat(refresh, 20),
    repeat(warm, 400),
  ]
  process.once('message', async () => {
    running = false
    await Promise.all(acting)
    process.send?.({ ...report, stale: report.stale.slice(0, 5), staleReads: report.stale.length })
    await pool.close(2_000)
    await hearth.close()
    await Promise.all([driver.close(), plain.quit()])
    process.disconnect()
  })
})
await hearth.cache.ping()
process.send?.('ready')
