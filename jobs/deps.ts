import type { Cache } from '../cache/cache.ts'
import type { Loads } from '../world/loads.ts'
import type { World } from '../world/world.ts'

/** What every job works with. */
export interface JobDeps {
  cache: Cache
  world: World
  loads: Loads
  /** How many entities are loaded in one go. */
  chunkSize: number
}
