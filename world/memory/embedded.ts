import { copyJson } from '../../model/copy.ts'
import { withDigitsOf } from '../../model/digits.ts'
import { compareRefs, type Entity, type EntityRef } from '../../model/entity.ts'
import { HearthError } from '../../model/errors.ts'
import type { NewEvent, TimelineEvent } from '../../model/event.ts'
import type { Json } from '../../model/json.ts'
import { setProperties, storedNames } from '../../model/own-names.ts'
import { ownValue } from '../../model/own-value.ts'
import { createPrivacy, type PrivacyOptions, privacyRules } from '../../model/privacy.ts'
import { readableEvent } from '../../model/readable-event.ts'
import { indexAfter, newest } from '../../model/sorted-events.ts'
import { checkFlags, checkSnapshot } from '../../model/state-input.ts'
import { createKeyedMutex } from '../../resilience/keyed-mutex.ts'
import { checkedWorld } from '../checked.ts'
import { checkEntities, checkEvents } from '../input.ts'
import type { WriteThrough } from '../outbox.ts'
import type { World } from '../world.ts'
import { storedOutbox } from './stored-outbox.ts'
import {
  addEvent,
  emptyWorld,
  hides,
  isPrivate,
  knows,
  membersOf,
  merged,
  type StoredWorld,
  shows,
} from './stored-world.ts'

/** A world in the memory of this process, for trying and testing. It holds several worlds, and ends with the process. */
export type EmbeddedWorld = World

/** Behaves as the worlds in a database do (one contract test suite holds all); every value is copied on its way in and out. */
export function embeddedWorld(options: { privacy?: PrivacyOptions } = {}): EmbeddedWorld {
  const privacy = createPrivacy(options.privacy)
  const worlds = new Map<string, StoredWorld>()
  const outbox = storedOutbox()
  const inTurn = createKeyedMutex()

  const existing = (worldId: string): StoredWorld => {
    const world = worlds.get(worldId)
    if (world) return world
    throw new HearthError('WorldNotFound', `worldId: there is no world ${JSON.stringify(worldId)}`)
  }
  const entityOf = (world: StoredWorld | undefined, ref: EntityRef): Entity | null => {
    const stored = world?.entities[ref.type].get(ref.id)
    if (!stored || isPrivate(stored)) return null
    const { type, id, name, props } = stored
    const entity: Entity = { id, type, name }
    setProperties(entity, props, value => value as Json)
    return copyJson(privacy.entity(entity))
  }
  const timelineOf = (world: StoredWorld | undefined, id: string, limit: number): TimelineEvent[] | null => {
    if (!world || !shows(world, id)) return null
    return newest(world.timelines.get(id) ?? [], limit).map(event => copyJson(privacy.event(event)))
  }

  /** Prepares, asks, and then writes all at once or, if `beforeCommit` throws, nothing. */
  const writeThrough = <T>(
    worldId: string,
    through: WriteThrough | undefined,
    prepare: () => { commit(): void; written: T },
  ): Promise<T> =>
    inTurn(worldId, async () => {
      const { commit, written } = prepare()
      await through?.beforeCommit()
      commit()
      if (through) outbox.add(worldId, through.outbox)
      return copyJson(written)
    })

  return checkedWorld({
    outbox,
    decides: { privacy: privacyRules(options.privacy) },

    async ready() {},

    async flags(worldId) {
      const world = worlds.get(worldId)
      return world ? copyJson(privacy.flags(world.flags)) : null
    },
    async snapshot(worldId) {
      const world = worlds.get(worldId)
      return world ? copyJson(privacy.snapshot(world.snapshot)) : null
    },
    async entities(worldId, refs) {
      return refs.map(ref => entityOf(worlds.get(worldId), ref))
    },
    async timelines(worldId, entityIds, limit) {
      return entityIds.map(id => timelineOf(worlds.get(worldId), id, limit))
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

    async saveSnapshot(worldId, given, through) {
      checkSnapshot(given)
      const patch = copyJson(given)
      return writeThrough(worldId, through, () => {
        const world = worlds.get(worldId) ?? emptyWorld(worldId)
        const snapshot = { ...world.snapshot, ...withDigitsOf(world.snapshot, patch), world_id: worldId }
        const commit = () => {
          world.snapshot = snapshot
          worlds.set(worldId, world)
        }
        return { commit, written: privacy.snapshot(snapshot) }
      })
    },
    async setFlags(worldId, given, through) {
      checkFlags(given)
      const patch = copyJson(given)
      return writeThrough(worldId, through, () => {
        const world = existing(worldId)
        const flags = merged(world.flags, patch)
        const commit = () => {
          world.flags = flags
        }
        return { commit, written: privacy.flags(flags) }
      })
    },
    async putEntities(worldId, entities) {
      const world = existing(worldId)
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
      const world = existing(worldId)
      checkEvents(events)
      return [...new Set(events.flatMap(given => addEvent(world, shownFields(given))))]
    },
    readable: event => readableEvent(privacy, event),

    async close() {},
  })
}

/** When an event was made is never read, so it is not kept here. */
function shownFields({ created_at: _, ...event }: NewEvent & { created_at?: unknown }): NewEvent {
  return event
}
