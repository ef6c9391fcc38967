import { afterAll, beforeAll, describe } from 'vitest'
import type { World } from '../../world/world.ts'
import { describeBetween } from './contract/between.ts'
import { describeEntities } from './contract/entities.ts'
import { setupOf } from './contract/setup.ts'
import { describeState } from './contract/state.ts'
import { describeTimelines } from './contract/timelines.ts'

export interface WorldContractOptions {
  /** Whether two worlds may hold entities of the same ids. The game's own graph cannot tell them apart. Default: true. */
  sharedIds?: boolean
  /** Whether to look at a world's own state too, which is read and written the same with and without indexes. Default: true. */
  state?: boolean
  /** Marks an event that was added as private, as the game would. Default: it is added with `private: true`. */
  markEventPrivate?: (worldId: string, eventId: string) => Promise<void>
}

/**
 * What every `World` must do; the suite is called for each. `makeWorld` is called once, and every test makes worlds,
 * entities and events of ids that no other test has.
 */
export function describeWorldContract(
  name: string,
  makeWorld: () => Promise<World>,
  { sharedIds = true, state = true, markEventPrivate }: WorldContractOptions = {},
): void {
  describe(`${name} keeps the contract of a world:`, () => {
    let made: World | undefined
    beforeAll(async () => {
      made = await makeWorld()
      await made.ready()
    })
    afterAll(() => made?.close())

    const world = () => {
      if (!made) throw new Error('the world under test is made before the first test')
      return made
    }
    const parts = { name, world, setup: setupOf(world), sharedIds, markEventPrivate }
    if (state) describeState(parts)
    describeEntities(parts)
    describeTimelines(parts)
    describeBetween(parts)
  })
}
