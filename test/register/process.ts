// One of the processes of the register test: a backend with its own worker. It reads and writes registers at random
// until a message stops it, reports what it sees, and is killed at the end.

import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { HearthError, neo4jWorld, startPool } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import { withoutLeaseCheck } from '../support/broken-scripts.ts'
import { kinds } from '../support/kinds.ts'
import { openBoard } from './board.ts'
import { createJudge } from './judge.ts'
import { mutate } from './mutants.ts'
import { registerReads } from './reads.ts'
import { type Counts, countNames, type RegisterSetup, type Status } from './setup.ts'
import { registerWrites } from './writes.ts'

const setup = JSON.parse(process.argv[2] ?? '{}') as RegisterSetup
const { redisUrl, queueUrl, neo4jAuth, prefix, worldId, entityIds, timelineIds } = setup
const { index, processes, leaseCheck, boardFile: file, near, mutant } = setup

const counts = Object.fromEntries(countNames.map(name => [name, 0])) as Counts
const errors = new Set<string>()
let running = true

/** So little that values have to make room all the time. Bytes. */
const littleNear = 60_000
/** So short that entries are loaded again and again. Milliseconds. */
const ttlMs = near ? 8_000 : 300
/** The longest pause between two writes of a kind: what changes is not near. Milliseconds. */
const restMs = near && !mutant ? 200 * processes : 5
/** Readers of each kind. With the near cache there are enough for several to share a fence while others load. */
const readers = near ? 10 : 2

const hearth = openedHearth({
  cache: redisUrl,
  queue: queueUrl,
  queuePrefix: prefix,
  world: slowToLoad(neo4jWorld(neo4jAuth)),
  near: near && (index % 2 === 0 ? {} : { maxBytes: littleNear }),
  lives: { kindsMs: { entity: ttlMs, timeline: ttlMs }, jitter: 0.5 },
  outageCache: { lifeMs: 0 }, // while Redis is away it may be up to a second behind other processes, as docs/outages.md says
  ...(leaseCheck ? {} : { scripts: withoutLeaseCheck }),
  observer: {
    hit(_, count, level) {
      if (level === 'near') counts.near += count
    },
    bypassed(_, count) {
      counts.bypassed += count
    },
  },
})
if (mutant) mutate(hearth, mutant)
const deps = hearth.jobDeps({ chunkSize: 10 })
await startPool({ address: queueUrl, prefix, deps })
const board = openBoard({ file, processes, index })
const judge = createJudge(setup, board, counts)
const read = registerReads({ hearth, registers: setup, judge })
const write = registerWrites({ hearth, setup, judge, counts, isRunning: () => running })

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

async function refreshTimeline() {
  const entries = [hearth.cache.keys.entry(kinds.timeline, worldId, pick(timelineIds))]
  const load = deps.loads.of(kinds.timeline, worldId)
  await hearth.cache.fill({ entries, load, mode: 'renew', by: 'refresh', waitMs: 50 })
  counts.refreshes += 1
}

async function refreshEntity() {
  const entries = [hearth.cache.keys.entry(kinds.entity, worldId, { type: 'character', id: pick(entityIds) })]
  const load = deps.loads.of(kinds.entity, worldId)
  await hearth.cache.fill({ entries, load, mode: 'renew', by: 'refresh', waitMs: 50 })
  counts.refreshes += 1
}

async function warm() {
  await hearth.warm(worldId, { force: Math.random() < 0.5 })
  counts.warms += 1
}

/**
 * Errors of calls that ask Redis itself, as reads of Hearth do not, while it does not answer; and of reads whose load
 * Neo4j was too busy for, as docs/outages.md says.
 */
const outages = ['CacheUnavailable', 'QueueUnavailable', 'Overloaded']
const isOutage = (error: unknown) => error instanceof HearthError && outages.includes(error.code)

async function repeat(act: () => Promise<unknown>, pause: () => Promise<unknown>) {
  while (running) {
    try {
      await act()
    } catch (error) {
      if (isOutage(error)) counts.away += 1
      else errors.add(error instanceof Error ? error.message : String(error))
    }
    await pause()
  }
}

const pausing = (ms: number) => () => sleep(Math.random() * ms)
function act(): Promise<void>[] {
  return [
    ...[read.entity, read.entities, () => read.flags(), () => read.snapshot(), read.timeline].flatMap(
      reading => Array.from({ length: readers }, () => repeat(reading, near ? turn : pausing(0))),
    ),
    repeat(read.consistent, pausing(20)),
    repeat(write.entity, pausing(restMs)),
    ...(near ? [repeat(write.recordedEntity, pausing(restMs))] : []), // which needs a relay
    ...[write.flags, write.snapshot, write.append].map(writing => repeat(writing, pausing(restMs))),
    ...[refreshTimeline, refreshEntity].map(refresh => repeat(refresh, pausing(near ? 200 : 20))),
    repeat(warm, pausing(near ? 8_000 : 400)),
  ]
}

function report(ended = false) {
  const { evictions = 0, lost = 0, state } = hearth.cache.near?.stats ?? {}
  const status: Status = {
    counts: { ...counts, evictions, lost },
    trusted: hearth.cache.cacheState.isTrusted,
    near: state,
    stale: [...judge.stale],
    errors: [...errors].slice(0, 20),
    ended,
  }
  process.send?.(status)
}

await hearth.cache.firstConnected()
await read.all().catch(() => {}) // or all readers would begin with a load, of which Neo4j plans each for a second or two
report()
const reporting = setInterval(report, 100)
process.once('message', () => {
  const acting = act()
  process.once('message', async () => {
    running = false
    await Promise.all(acting)
    clearInterval(reporting)
    hearth.cache.flushCounts()
    report(true)
  })
})
