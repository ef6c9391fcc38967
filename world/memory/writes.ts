import { copyJson } from '../../model/copy.ts'
import { withDigitsOf } from '../../model/digits.ts'
import type { NewEvent } from '../../model/event.ts'
import { storedNames } from '../../model/own-names.ts'
import type { Privacy } from '../../model/privacy.ts'
import { checkFlags, checkSnapshot } from '../../model/state-input.ts'
import { createKeyedMutex } from '../../resilience/keyed-mutex.ts'
import { checkEntities, checkEvents, worldNotFound } from '../input.ts'
import type { WriteThrough } from '../outbox.ts'
import type { World } from '../world.ts'
import type { MemoryOutbox } from './outbox.ts'
import { addEvent, emptyWorld, knows, merged, type WorldState } from './state.ts'

export function stateWritesOf(
  worlds: Map<string, WorldState>,
  privacy: Privacy,
  outbox: MemoryOutbox,
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

export const memberWritesOf = (
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
