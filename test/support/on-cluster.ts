import { expect, onTestFinished } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import type { Neo4jWorldOptions } from '../../world/neo4j/options.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { type Member, openBoltCluster } from './bolt-cluster.ts'
import { openGame, openProcess } from './neo4j-process.ts'
import { openRelay, outboxOf } from './relay-parts.ts'
import { inTime } from './relay-setup.ts'
import { neo4jAuth, redisUrl } from './servers.ts'
import { fresh, plantWorld } from './setup.ts'

export const flagsChanged = [{ kind: 'flags-changed' }] as const
export const followers = { readsFrom: 'followers' } as const

/** A cluster, a game that writes to its leader, and a process of the fleet on it. */
export async function openOnCluster(options: Partial<Neo4jWorldOptions> = {}) {
  const cluster = await openBoltCluster(neo4jAuth().uri)
  const game = await openGame(cluster.uri)
  const prefix = fresh('q')
  const process = await openProcess(prefix, { uri: cluster.uri, ...options })
  const forget = () => {
    for (const { sent } of cluster.members) sent.length = 0
  }
  forget()
  return { cluster, ...game, ...process, prefix, forget }
}
export type OnCluster = Awaited<ReturnType<typeof openOnCluster>>

/** The queries of the world that a member got. */
export const about = ({ worldId }: OnCluster, { sent }: Member) =>
  sent.filter(({ text }) => text.includes(worldId))

/** One of each that Hearth writes to Neo4j. */
export async function writeAll(process: OnCluster): Promise<void> {
  const { hearth, world, worldId, prefix, record, commitFlags } = process
  const pool = await startPool({ address: redisUrl(), prefix, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await commitFlags('rain', tx => record(tx, worldId, flagsChanged)) // of the game, by its own driver
  await hearth.setFlags(worldId, { weather: 'hail' })
  await hearth.saveSnapshot(worldId, { world_name: 'another' })
  await world.outbox.record(worldId, flagsChanged)
  await hearth.appendEvents(worldId, [newest])
  await expect.poll(() => hearth.pending.worlds(), inTime).not.toContain(worldId)
  const outbox = outboxOf(world.outbox, worldId)
  const relay = openRelay({ outbox, cache: hearth.cache, place: { address: redisUrl(), prefix } })
  onTestFinished(() => relay.close())
  await expect.poll(async () => (await outbox.pending(10)).length, inTime).toBe(0)
}

const newest = { event_id: 'new', timestamp: '2027-01-01T00:00:00', participants: ['c1'] }
export const queriesOfWrites = [
  'SET w.world_flags',
  'SET w += $given.fields',
  'CREATE (:CacheOutbox',
  'DETACH DELETE o',
  'CREATE (e:TimelineEvent',
]

/** What of `writeAll` another process reads, and what Neo4j has. */
export async function expectAllWritten({ cluster, worldId }: OnCluster): Promise<void> {
  const other = await openProcess(fresh('q'), { uri: `neo4j://${cluster.members[1].address}` })
  for (const source of [other.hearth, other.world]) {
    expect(await source.flags(worldId)).toEqual({ weather: 'hail' })
    expect(await source.snapshot(worldId)).toMatchObject({ world_name: 'another' })
  }
  expect((await other.hearth.timeline(worldId, 'c1'))[0]).toMatchObject(newest)
  const [stored] = (await other.world.timelines(worldId, ['c1'], 50)).values()
  expect(stored?.filter(({ event_id: id }) => id === 'new')).toHaveLength(1)
}

/** A world as another one was when it was made: for members that lag. Its id has the same length. */
export async function plantPast(): Promise<string> {
  const past = fresh()
  const world = neo4jWorld(neo4jAuth())
  onTestFinished(() => world.close())
  await plantWorld(world, past)
  return past
}
