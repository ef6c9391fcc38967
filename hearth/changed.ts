import { z } from 'zod'
import type { Cache } from '../cache/cache.ts'
import type { EnsureInvalidated } from '../jobs/invalidate/ensure.ts'
import { type Change, changesSchema } from '../model/changes.ts'
import { HearthError } from '../model/errors.ts'
import { parsePayload } from '../model/parse.ts'
import { plainChanges } from '../model/plain-changes.ts'
import type { Target } from '../model/world-data.ts'
import { createBackground } from '../resilience/background.ts'
import type { Outbox, World } from '../world/world.ts'
import { createDirect, type DirectDeps } from './invalidate-directly.ts'

export interface ChangedOptions {
  /** The id that `recordChanges` returned, where the changes were recorded with the source. */
  recorded?: string
  /**
   * Of the commit, as `session.lastBookmarks()` of the source's driver gives it: loads from now on wait for a server that
   * has it. Needed where the source has several servers and the changes were not recorded.
   */
  bookmark?: string | readonly string[] | undefined
}

/** `deferred`: the cache's Redis is away; readers see the change when the outbox has been relayed. */
export type ChangedOutcome = 'invalidated' | 'deferred'

interface ChangesDeps {
  cache: DirectDeps['cache'] & Pick<Cache, 'bookmarks' | 'confirmations' | 'walk'>
  ensureInvalidated: EnsureInvalidated
  world: Pick<World, 'lags'> & { outbox: Pick<Outbox, 'record'> }
  /** Has what was recorded relayed at once. */
  notifyRelay(): void
  /** Is called with why a job that was to make sure could not be stored. */
  onError(error: Error): void
}

/** Single values, all that is cached of the world, or all of some kinds. */
export type InvalidateTargets = readonly Target[] | 'all' | { readonly kinds: readonly string[] }

/** What was made stale by hand. */
export interface InvalidateResult {
  outcome: ChangedOutcome
  /** How many entries were there; 0 where it was deferred. */
  existed: number
}

/** The changes that a backend reports, and the invalidations that follow. */
export interface Changes {
  changed(worldId: string, changes: readonly Change[], options?: ChangedOptions): Promise<ChangedOutcome>
  invalidate(worldId: string, targets: InvalidateTargets): Promise<InvalidateResult>
  /** Resolves when every job that was to make sure is stored, or could not be. */
  idle(): Promise<void>
}

/** How long the direct way may take. Milliseconds. */
const directMs = 50

/** What is to be made stale; `recorded` where the changes are in the outbox already. */
interface Staleness {
  worldId: string
  targets: readonly Target[]
  changes: readonly Change[]
  recorded?: string | undefined
  /** The relay has to give loads the bookmark that the caller did not give, so it invalidates once more. */
  lacksBookmark?: boolean
}

export function createChanges(deps: ChangesDeps): Changes {
  const { cache, ensureInvalidated, world, notifyRelay, onError } = deps
  const { kinds } = cache.keys
  const direct = createDirect({ cache, timeoutMs: directMs })
  const targetList = z.array(kinds.targetSchema, "must be 'all', a list of targets, or { kinds }")
  const someKinds = z.strictObject({ kinds: kinds.namesSchema })
  const alsoMakeSure = createBackground(onError) // no caller has to wait for a second safety net

  async function makeStale(stale: Staleness): Promise<InvalidateResult> {
    const { worldId, targets, recorded, lacksBookmark = false } = stale
    const done = await direct(worldId, targets)
    if (!done) {
      if (recorded === undefined) await defer(deps, stale)
      cache.cacheState.recorded(cache.keys.version(worldId))
      notifyRelay()
      return { outcome: 'deferred', existed: 0 }
    }
    const { version, existed } = done
    alsoMakeSure.soon(() => ensureInvalidated(targets.map(target => ({ worldId, target, version }))))
    if (recorded !== undefined && !lacksBookmark) {
      alsoMakeSure.soon(() => cache.confirmations.note(worldId, recorded))
    }
    return { outcome: 'invalidated', existed }
  }

  /** What is named, in pages: a world may have more entries than fit into memory. */
  function pagesOf(worldId: string, given: InvalidateTargets) {
    if (given === 'all') return cache.walk.pages(worldId)
    const isOfKinds = typeof given === 'object' && given !== null && 'kinds' in given
    if (!isOfKinds) return [parsePayload(targetList, given, 'targets')]
    return cache.walk.pages(worldId, new Set(parsePayload(someKinds, given, 'targets').kinds))
  }

  return {
    async changed(worldId, changes, { recorded, bookmark = [] } = {}) {
      const parsed = plainChanges(changes) ?? parsePayload(changesSchema, changes, 'changes')
      kinds.checkChanges(parsed)
      const targets = kinds.staleTargets(parsed)
      const bookmarks = [bookmark].flat()
      cache.bookmarks.note(worldId, bookmarks)
      const lacksBookmark = world.lags === true && bookmarks.length === 0
      const { outcome } = await makeStale({ worldId, targets, changes: parsed, recorded, lacksBookmark })
      return outcome
    },

    async invalidate(worldId, given) {
      const all: InvalidateResult = { outcome: 'invalidated', existed: 0 }
      for await (const page of pagesOf(worldId, given)) {
        if (page.length === 0) continue
        const { outcome, existed } = await makeStale({ worldId, targets: page, changes: page.map(changeFor) })
        if (outcome === 'deferred') all.outcome = outcome
        all.existed += existed
      }
      return all
    },

    idle: alsoMakeSure.idle,
  }
}

/** In the outbox; where the source is away too, as a job in the queue's Redis, which may be another server. */
async function defer(
  { world, cache, ensureInvalidated }: Pick<ChangesDeps, 'world' | 'cache' | 'ensureInvalidated'>,
  { worldId, targets, changes }: Staleness,
): Promise<void> {
  try {
    await world.outbox.record(worldId, changes)
  } catch (cause) {
    const bookmarks = [...cache.bookmarks.unsent(worldId)]
    const jobs = targets.map(target => ({ worldId, target, version: null, bookmarks }))
    await ensureInvalidated(jobs).catch(() => {
      throw new HearthError(
        'CacheUnavailable',
        `the change of world ${worldId} was neither invalidated, nor recorded, nor queued: report it again`,
        { cause },
      )
    })
  }
}

/** A change that makes the target stale, for when it has to be recorded. */
function changeFor({ kind, type, id: entityId }: Target): Change {
  if (entityId === undefined) return { kind: 'stale', of: kind }
  return { kind: 'stale', of: kind, ids: [type === undefined ? entityId : { type, id: entityId }] }
}
