import type { World } from '../../world/world.ts'

/** The same world, which reports the number of timelines of each load. */
export function counted(world: World, tell: (entities: number) => void): World {
  return {
    ...world,
    timelines(worldId, ids, limit) {
      tell(ids.length)
      return world.timelines(worldId, ids, limit)
    },
  }
}
