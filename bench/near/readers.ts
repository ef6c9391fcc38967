import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import type { Bench } from '../bench.ts'
import { kinds } from '../kinds.ts'
import { programBeside } from '../program-beside.ts'
import { openRedis } from '../servers.ts'
import { throughput } from '../throughput.ts'
import { eventsPerEntity, generatedWorld, type WriterSetup, worldId } from './world.ts'

export const inFlight = 64
export const batchSize = 100
/** Of each contender in a round, in alternating slices. */
export const slices = 6
const sliceMs = 150
export const maxStaleMs = 100
/** Of the entries, in a second. */
const changedShare = 0.01

/** Reads some ids' timelines, and answers how many events they have. */
export type ReadSome = (ids: readonly string[]) => Promise<number>

/** What is compared, each reading the same timelines. */
export interface Readers {
  cache: string
  rounds: number
  near: ReadSome
  uncounted: ReadSome
  bounded: ReadSome
  batch: ReadSome
  get: ReadSome
  mget: ReadSome
  trip: ReadSome
  lru: ReadSome
  /** A contender of `interleaved`: reads of `size` ids, `atOnce` in flight. Answers reads a second. */
  at(how: { atOnce: number; size: number }, read: ReadSome): () => Promise<number>
}

export async function openReaders(bench: Bench): Promise<Readers> {
  const { report, closing, say, sizes } = bench
  const { rounds = 7, entities = 500 } = sizes
  const [cache, queue] = [await openRedis(bench, 'cache'), await openRedis(bench, 'queue')]

  say(`warming a world of ${entities} entities with ${eventsPerEntity} events each`)
  const changesPerSecond = entities * changedShare
  await openWriter(bench, { cache, queue, entities, changesPerSecond })
  const world = await generatedWorld(entities)
  const ids = (await world.members(worldId, { limit: entities })).map(({ id }) => id)
  const hearth = openedHearth({ cache, queue, world })
  await closing.opened('the hearth', () => hearth.close())
  const uncounted = openedHearth({ cache, queue, world, readCounts: false })
  await closing.opened('a hearth that counts no reads', () => uncounted.close())
  const redis = new Redis(cache) // with its defaults
  await closing.opened('the plain Redis', async () => redis.disconnect())

  const keys = new Map(ids.map(id => [id, hearth.cache.keys.entry(kinds.timeline, worldId, id).key]))
  const keyOf = (id = '') => keys.get(id) ?? ''
  const lru = new LRUCache<string, unknown[]>({ max: entities })
  for (const id of ids) lru.set(keyOf(id), [...(await hearth.timeline(worldId, id))])
  for (const each of [hearth, uncounted]) await bringNear(each, ids)
  report.setting({
    entities,
    inFlight,
    batchSize,
    maxStaleMs,
    'changed entries/s': changesPerSecond,
    'bytes of a value': await redis.strlen(keyOf(ids[0])),
    roundMs: slices * sliceMs,
    rounds,
  })

  return {
    cache,
    rounds,
    near: async ([id = '']) => (await hearth.timeline(worldId, id)).length,
    uncounted: async ([id = '']) => (await uncounted.timeline(worldId, id)).length,
    bounded: async ([id = '']) => (await hearth.timeline(worldId, id, { maxStaleMs })).length,
    batch: async some => eventsIn((await hearth.timelines(worldId, some)).values()),
    get: async ([id]) => parsed(await redis.get(keyOf(id))).length,
    mget: async some => eventsIn((await redis.mget(some.map(keyOf))).map(parsed)),
    trip: sharedTrips(redis),
    lru: async ([id]) => lru.get(keyOf(id))?.length ?? 0,
    at: ({ atOnce, size }, read) =>
      throughput({ ids, size, atOnce, sliceMs, read, itemsPerId: eventsPerEntity }),
  }
}

/** All but what is being changed. */
async function bringNear(hearth: OpenedHearth, ids: readonly string[]): Promise<void> {
  while ((hearth.cache.near?.stats.entries ?? 0) < ids.length * 0.97)
    for (const id of ids) await hearth.timeline(worldId, id)
}

/** Workers and changes in another process, as those of a game's readers are. */
async function openWriter({ closing }: Bench, setup: WriterSetup): Promise<void> {
  const writer = fork(programBeside(import.meta.url, 'writer'), [JSON.stringify(setup)])
  await closing.opened('the process that changes entries', async () => void writer.kill())
  await once(writer, 'message')
}

/** The limit of what waits for a fence: all reads of a turn share a round trip, and read nothing. */
function sharedTrips(redis: Redis): ReadSome {
  let next: Promise<unknown> | undefined
  const trip = async () => {
    await new Promise(resolve => setImmediate(resolve))
    next = undefined
    await redis.unlink('bench:trip')
  }
  return async () => {
    next ??= trip()
    await next
    return eventsPerEntity
  }
}

/** What a change has just removed stands for itself: the plain readers load nothing. */
const parsed = (text: string | null): unknown[] =>
  text === null ? new Array(eventsPerEntity) : JSON.parse(text)

/** All values at once, as a caller needs them. */
function eventsIn(timelines: Iterable<readonly unknown[]>): number {
  let events = 0
  for (const timeline of timelines) events += timeline.length
  return events
}
