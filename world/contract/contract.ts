import type { World } from '../world.ts'
import { describeBetween } from './between.ts'
import { describeEntities, describeMembers } from './entities.ts'
import type { TestRunner } from './runner.ts'
import { openOnce, setupOf } from './setup.ts'
import { describeState } from './state.ts'
import { describeTimelines } from './timelines.ts'

/** The world under test. */
export interface ContractOptions {
  /** What the tests are named after. */
  name: string
  /** Opens the world; is called once, before the first test. The suite closes it after the last. */
  open: () => World | Promise<World>
}

export interface WorldContractOptions extends ContractOptions {
  /** Whether two worlds may hold entities of the same ids. The game's own graph cannot tell them apart. Default: true. */
  sharedIds?: boolean
  /** Whether to test a world's own state too, which is read and written the same with and without indexes. Default: true. */
  state?: boolean
  /** Marks an event that was added as private, as the game would. Default: it is added with `private: true`. */
  markEventPrivate?: (worldId: string, eventId: string) => Promise<void>
}

/**
 * What every `World` must do, as tests of the given runner. Every test makes worlds, entities and events of ids that no
 * other test has, so the source may hold other worlds.
 */
export function describeWorldContract(
  runner: TestRunner,
  { name, open, sharedIds = true, state = true, markEventPrivate }: WorldContractOptions,
): void {
  runner.describe(`${name} keeps the contract of a world:`, () => {
    const world = openOnce(runner, open)
    const parts = { ...runner, name, world, setup: setupOf(world), sharedIds, markEventPrivate }
    if (state) describeState(parts)
    describeEntities(parts)
    describeMembers(parts)
    describeTimelines(parts)
    describeBetween(parts)
  })
}
