import { setTimeout as sleep } from 'node:timers/promises'
import neo4j from 'neo4j-driver'
import { type AppendedEvent, recordChanges } from '../../index.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import type { Judge } from './judge.ts'
import type { Counts, RegisterSetup } from './setup.ts'

interface WritesDeps {
  hearth: OpenedHearth
  setup: RegisterSetup
  judge: Judge
  counts: Counts
  /** False when the process is to end: then nothing is waited for. */
  isRunning(): boolean
}

const pick = <T>(items: readonly T[]) => items[Math.floor(Math.random() * items.length)] as T

const raiseCypher =
  'MATCH (:World {world_id: $worldId})-[:CONTAINS_CHARACTER]->(c {character_id: $id}) SET c.n = c.n + 1 RETURN c.n AS n'
const pendingCypher = 'MATCH (o:CacheOutbox {id: $recorded}) RETURN 1 AS pending'

/** Random writes of registers, in every way that Hearth offers. What readers must see from then on is acknowledged. */
export function registerWrites({ hearth, setup, judge, counts, isRunning }: WritesDeps) {
  const { worldId, entityIds, stateWorlds, timelineIds, index, processes, neo4jAuth } = setup
  const driver = neo4j.driver(neo4jAuth.uri, neo4j.auth.basic(neo4jAuth.user, neo4jAuth.password), {
    disableLosslessIntegers: true,
  })
  const isMine = (_: string, i: number) => i % processes === index
  // A state and a timeline have one writer, whose values only grow.
  const myWorlds = stateWorlds.filter(isMine)
  const myTimelines = timelineIds.slice(1).filter(isMine)
  let counter = 0

  /** Raises an entity's number in a transaction of the backend's own; `record` has its changes recorded in it. */
  async function raise(id: string, record: boolean) {
    const changes = [{ kind: 'entity-updated', type: 'character', id } as const]
    const session = driver.session()
    try {
      return await session.executeWrite(async tx => {
        const { records } = await tx.run(raiseCypher, { worldId, id })
        const value = records[0]?.get('n') as number
        return { value, changes, recorded: record ? await recordChanges(tx, worldId, changes) : undefined }
      })
    } finally {
      await session.close()
    }
  }

  /** Reported by `changed`, recorded before or not. */
  async function entity() {
    const id = pick(entityIds)
    const { value, changes, recorded } = await raise(id, Math.random() < 0.5)
    const outcome = await hearth.changed(worldId, changes, recorded === undefined ? {} : { recorded })
    counts.writes += 1
    if (outcome === 'invalidated') judge.acknowledge(`entity ${id}`, value)
    else counts.deferred += 1
  }

  /** Only recorded: readers see it when the relay has removed it from the outbox. */
  async function recordedEntity() {
    const id = pick(entityIds)
    const { value, recorded } = await raise(id, true)
    hearth.notifyRelay()
    counts.writes += 1
    while (isRunning()) {
      if (!(await isPending(recorded as string))) return judge.acknowledge(`entity ${id}`, value)
      await sleep(100)
    }
  }

  async function isPending(recorded: string): Promise<boolean> {
    const session = driver.session()
    try {
      return (await session.run(pendingCypher, { recorded })).records.length > 0
    } finally {
      await session.close()
    }
  }

  /** A write-through that is deferred does not say so, but from then on this process does not trust its cache. */
  function writtenThrough(register: string, value: number) {
    counts.writes += 1
    if (hearth.cache.cacheState.isTrusted) judge.acknowledge(register, value)
    else counts.deferred += 1
  }

  /** Through Hearth. */
  async function flags() {
    const id = pick(myWorlds)
    const value = ++counter
    await hearth.setFlags(id, { n: value })
    writtenThrough(`flags ${id}`, value)
  }

  async function snapshot() {
    const id = pick(myWorlds)
    const value = ++counter
    await hearth.saveSnapshot(id, { metadata: { n: value } })
    writtenThrough(`snapshot ${id}`, value)
  }

  /** By write-behind. All events are of one more timeline, which all processes share. */
  async function append() {
    const id = pick(myTimelines)
    const value = ++counter
    const timestamp = new Date(value * 1_000).toISOString()
    const event = {
      event_id: `${index}-${value}`,
      timestamp,
      participants: [id],
      location_id: timelineIds[0],
    }
    const { outcome } = await hearth.appendEvents(worldId, [event as AppendedEvent])
    counts.writes += 1
    if (outcome === 'visible') judge.acknowledge(`timeline ${id}`, value)
    else counts.deferred += 1
  }

  return { entity, recordedEntity, flags, snapshot, append }
}
