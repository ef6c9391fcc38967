import type { World } from '../../world/world.ts'

/** The same world, which tells of each load of timelines how many there were. */
export function counted(world: World, tell: (entities: number) => void): World {
  return {
    ...world,
    timelines(worldId, ids, limit) {
      tell(ids.length)
      return world.timelines(worldId, ids, limit)
    },
  }
}
