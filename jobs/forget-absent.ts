import type { Cache } from '../cache/cache.ts'
import type { Filled } from '../cache/filler.ts'

/**
 * Entities whose timelines were found missing in the truth are popular no longer, so that no round renews them again.
 */
export async function forgetAbsent(
  { popularity }: Pick<Cache, 'popularity'>,
  worldId: string,
  entityIds: readonly string[],
  timelines: readonly Filled[],
): Promise<void> {
  const absent = entityIds.filter((_, i) => {
    const filled = timelines[i]
    return filled?.state === 'stored' && filled.text === 'null'
  })
  await popularity.forget(worldId, absent)
}
