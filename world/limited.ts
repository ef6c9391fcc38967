import type { LoadLimiter } from '../resilience/load-limiter.ts'
import type { LoadFor } from '../resilience/load-turns.ts'
import { aroundLoads } from './around-loads.ts'
import type { World } from './world.ts'

/** The world, whose loads wait for their turn. Its writes and its outbox are not held up. */
export const limited = (world: World, limiter: LoadLimiter, as: LoadFor): World =>
  aroundLoads(world, ({ items, run }) => limiter.run(as, items, run))
