import type { InvalidateResult, InvalidateTargets } from '../hearth/changed.ts'
import type { Kinds } from '../model/kinds.ts'
import { UsageError } from './failure.ts'
import { allKindFlags, targetsOf } from './kind-flags.ts'
import { count, print } from './terminal.ts'
import { type Flags, neo4jIfConfigured, requireCache, withHearth } from './with-hearth.ts'

type InvalidateFlags = Flags & { all?: true; kinds?: readonly string[] }

/** `hearth invalidate`: makes single values stale, or all that is cached of a world. */
export const invalidate = (worldId: string, flags: InvalidateFlags): Promise<void> =>
  withHearth(flags, { source: neo4jIfConfigured }, async ({ config, hearth, cache }) => {
    const targets = namedBy(cache.keys.kinds, flags)
    // Connected first, as the direct way has little time. What was named can be deferred; the rest has to be looked up.
    await requireCache(hearth, config.redisUrl).catch(error => {
      if (!Array.isArray(targets)) throw error
    })
    print(summaryOf(worldId, targets, await hearth.invalidate(worldId, targets)))
  })

/** Throws `UsageError` unless something is named. */
function namedBy(kinds: Kinds, flags: InvalidateFlags): InvalidateTargets {
  const named = targetsOf(kinds, flags)
  if (flags.all && named.length === 0) return 'all'
  if (flags.all) throw new UsageError('--all is everything: name nothing beside it')
  if (flags.kinds && named.length > 0)
    throw new UsageError('--kinds is all of these kinds: name no entries beside it')
  if (flags.kinds) return { kinds: flags.kinds }
  if (named.length > 0) return named
  const known = allKindFlags(kinds).join(', ')
  throw new UsageError(
    `name what to invalidate: ${known} (each more than once if need be), --kinds, or --all`,
  )
}

function summaryOf(
  worldId: string,
  targets: InvalidateTargets,
  { outcome, existed }: InvalidateResult,
): string {
  const world = JSON.stringify(worldId)
  if (outcome === 'deferred') {
    return `Redis does not answer, so it is deferred: readers see what Neo4j has of ${world} once Redis is back and it is relayed.`
  }
  if (existed > 0)
    return `${count(existed)} entries of ${world} made stale, directly: no reader sees them any more.`
  return targets === 'all'
    ? `Nothing of ${world} was warm.`
    : `Nothing of what was named of ${world} was warm.`
}
