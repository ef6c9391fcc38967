import { readConfig } from '../config/read.ts'
import type { InvalidateResult } from '../hearth/changed.ts'
import { createKinds, type Kinds } from '../model/kinds.ts'
import type { Target } from '../model/target.ts'
import { count } from './amounts.ts'
import { openHearth, openNeo4j, requireCache } from './connect.ts'
import { UsageError } from './failure.ts'
import { allKindFlags, entriesOf } from './kind-flags.ts'
import { noWorld } from './no-world.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'

export interface InvalidateFlags extends Flags {
  all?: true
}

/** `hearth invalidate`: makes single values stale, or all that is cached of a world. */
export async function invalidate(worldId: string, flags: InvalidateFlags): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const targets = targetsOf(createKinds(config.file.kinds), flags)
  const { neo4jUri } = config
  const world = neo4jUri === undefined ? noWorld() : openNeo4j({ ...config, neo4jUri })
  const hearth = openHearth({ config, world })
  try {
    // Connected first, as the direct way has little time. What was named can be deferred; `all` has to be looked up.
    await requireCache(hearth, config.redisUrl).catch(error => {
      if (targets === 'all') throw error
    })
    print(summaryOf(worldId, targets, await hearth.invalidate(worldId, targets)))
  } finally {
    await hearth.close()
  }
}

/** Throws `UsageError` unless something is named. */
function targetsOf(kinds: Kinds, flags: InvalidateFlags): Target[] | 'all' {
  const named = entriesOf(kinds, flags).map(({ kind, item }) => kinds.targetOf(kind, item))
  if (flags.all && named.length === 0) return 'all'
  if (flags.all) throw new UsageError('--all is everything: name nothing beside it')
  if (named.length > 0) return named
  const known = allKindFlags(kinds)
  throw new UsageError(
    `name what to invalidate: ${known.join(', ')} (each more than once if need be), or --all`,
  )
}

function summaryOf(
  worldId: string,
  targets: Target[] | 'all',
  { outcome, existed }: InvalidateResult,
): string {
  const world = JSON.stringify(worldId)
  if (outcome === 'deferred') {
    return `Redis does not answer, so it is deferred: readers see the truth of ${world} once Redis is back and it is relayed.`
  }
  if (existed > 0)
    return `${count(existed)} entries of ${world} made stale, directly: no reader sees them any more.`
  return targets === 'all'
    ? `Nothing of ${world} was warm.`
    : `Nothing of what was named of ${world} was warm.`
}
