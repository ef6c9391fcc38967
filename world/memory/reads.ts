import { copyJson } from '../../model/copy.ts'
import { compareRefs } from '../../model/entity.ts'
import { HearthError } from '../../model/errors.ts'
import type { Json } from '../../model/json.ts'
import { setProperties } from '../../model/own-names.ts'
import { ownValue } from '../../model/own-value.ts'
import type { Privacy } from '../../model/privacy.ts'
import { indexAfter, newest } from '../../model/sorted-events.ts'
import type { Source } from '../../model/source.ts'
import type { World } from '../world.ts'
import { hides, isPrivate, membersOf, shows, type WorldState } from './state.ts'

export const readsOf = (
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
