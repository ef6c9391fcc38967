import { HearthError } from '../../model/errors.ts'
import { checkEntities, checkEvents, checkFlags, checkSnapshot, worldNotFound } from '../../model/input.ts'
import { copyJson, type Json, withDigitsOf } from '../../model/json.ts'
import { setProperties, storedNames } from '../../model/own-names.ts'
import {
  createPrivacy,
  ownValue,
  type Privacy,
  type PrivacyOptions,
  privacyRules,
  readableEvent,
} from '../../model/privacy.ts'
import type { Source } from '../../model/source.ts'
import { indexAfter } from '../../model/timestamp.ts'
import { compareRefs, type NewEvent } from '../../model/world-data.ts'
import { createKeyedMutex } from '../../resilience/keyed-mutex.ts'
import { checkedWorld } from '../checked.ts'
import type { World, WriteThrough } from '../world.ts'
import { memoryOutbox } from './outbox.ts'
import {
  addEvent,
  emptyWorld,
  hides,
  isPrivate,
  knows,
  membersOf,
  merged,
  newest,
  shows,
  type WorldState,
} from './state.ts'

/** A world in the memory of this process, for trying and testing. It holds several worlds, and ends with the process. */
export type EmbeddedWorld = World

/** Behaves as the worlds in a database do (one contract test suite holds all); every value is copied on its way in and out. */
export function embeddedWorld(options: { privacy?: PrivacyOptions } = {}): EmbeddedWorld {
  const privacy = createPrivacy(options.privacy)
  const worlds = new Map<string, WorldState>()
  const outbox = memoryOutbox()
  return checkedWorld({
    outbox,
    decides: { privacy: privacyRules(options.privacy) },
    async ready() {},
    ...readsOf(worlds, privacy),
    ...stateWritesOf(worlds, privacy, outbox),
    ...memberWritesOf(worlds),
    readable: event => readableEvent(privacy, event),
    async close() {},
  })
}

const readsOf = (
  worlds: ReadonlyMap<string, WorldState>,
  privacy: Privacy,
): Source & Pick<World, 'members'> => ({
  async flags(worldId) {
    const world = worlds.get(worldId)
    return world ? copyJson(privacy.flags(world.flags)) : null
  },
  async snapshot(worldId) {
    const world = worlds.get(worldId)
    return world ? copyJson(privacy.snapshot(world.snapshot)) : null
  },
  async entities(worldId, refs) {
    const world = worlds.get(worldId)
    return refs.map(ref => {
      const stored = world?.entities[ref.type].get(ref.id)
      if (!stored || isPrivate(stored)) return null
      const { type, id, name, props } = stored
      const entity = { id, type, name }
      setProperties(entity, props, value => value as Json)
      return copyJson(privacy.entity(entity))
    })
  },
  async timelines(worldId, entityIds, limit) {
    const world = worlds.get(worldId)
    return entityIds.map(id => {
      if (!world || !shows(world, id)) return null
      return newest(world.timelines.get(id) ?? [], limit).map(event => copyJson(privacy.event(event)))
    })
  },
  async query({ name }) {
    throw new HearthError(
      'InvalidConfig',
      `the kind ${name} has Cypher, which a world in memory cannot run: give it load in its place`,
    )
  },
  async passing(kind, worldId, { items, values }) {
    const world = worlds.get(worldId)
    return items.map((item, i) => {
      if (world && item !== null && hides(world, item)) return null
      return ownValue({ kind, privacy }, item, copyJson((values[i] ?? null) as Json))
    })
  },
  async members(worldId, { after, limit }) {
    const world = worlds.get(worldId)
    if (!world) return []
    world.members ??= membersOf(world)
    const start = after ? indexAfter(world.members, after, compareRefs) : 0
    return world.members.slice(start, start + limit).map(member => ({ ...member }))
  },
})

function stateWritesOf(
  worlds: Map<string, WorldState>,
  privacy: Privacy,
  outbox: ReturnType<typeof memoryOutbox>,
): Pick<World, 'saveSnapshot' | 'setFlags'> {
  const inTurn = createKeyedMutex()

  /** Prepares, asks, and then writes all at once or, if `beforeCommit` throws, nothing. */
  const writeThrough = <T>(
    worldId: string,
    through: WriteThrough | undefined,
    prepare: () => { world: WorldState; change: Partial<WorldState>; written: T },
  ): Promise<T> =>
    inTurn(worldId, async () => {
      const { world, change, written } = prepare()
      await through?.beforeCommit()
      worlds.set(worldId, Object.assign(world, change))
      if (through) outbox.add(worldId, through.outbox)
      return copyJson(written)
    })

  return {
    async saveSnapshot(worldId, given, through) {
      checkSnapshot(given)
      const patch = copyJson(given)
      return writeThrough(worldId, through, () => {
        const world = worlds.get(worldId) ?? emptyWorld(worldId)
        const snapshot = { ...world.snapshot, ...withDigitsOf(world.snapshot, patch), world_id: worldId }
        return { world, change: { snapshot }, written: privacy.snapshot(snapshot) }
      })
    },
    async setFlags(worldId, given, through) {
      checkFlags(given)
      const patch = copyJson(given)
      return writeThrough(worldId, through, () => {
        const world = existing(worlds, worldId)
        const flags = merged(world.flags, patch)
        return { world, change: { flags }, written: privacy.flags(flags) }
      })
    },
  }
}

const memberWritesOf = (
  worlds: ReadonlyMap<string, WorldState>,
): Pick<World, 'putEntities' | 'removeEntities' | 'addEvents'> => ({
  async putEntities(worldId, entities) {
    const world = existing(worlds, worldId)
    checkEntities(entities)
    world.members = undefined
    for (const { type, id, name, props } of entities) {
      const before = world.entities[type].get(id)?.props ?? {}
      const given = Object.fromEntries(storedNames(type, props))
      world.entities[type].set(id, { type, id, name, props: merged(before, given) })
    }
  },
  async removeEntities(worldId, refs) {
    const world = worlds.get(worldId)
    if (!world) return
    world.members = undefined
    for (const { type, id } of refs) {
      world.entities[type].delete(id)
      if (!knows(world, id)) world.timelines.delete(id)
    }
  },
  async addEvents(worldId, events) {
    const world = existing(worlds, worldId)
    checkEvents(events)
    return [...new Set(events.flatMap(given => addEvent(world, shownFields(given))))]
  },
})

function existing(worlds: ReadonlyMap<string, WorldState>, worldId: string): WorldState {
  const world = worlds.get(worldId)
  if (!world) throw worldNotFound(worldId)
  return world
}

/** When an event was made is never read, so it is not kept here. */
function shownFields({ created_at: _, ...event }: NewEvent & { created_at?: unknown }): NewEvent {
  return event
}
