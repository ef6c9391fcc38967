import { randomUUID } from 'node:crypto'
import type { Cache } from '../cache/cache.ts'
import { flags, snapshot } from '../model/built-in-kinds.ts'
import type { Change } from '../model/changes.ts'
import type { Immutable } from '../model/immutable.ts'
import { parseJsonText } from '../model/json.ts'
import type { Kind } from '../model/kind.ts'
import type { Flags, Snapshot } from '../model/world-data.ts'
import type { World, WriteThrough } from '../world/world.ts'
import type { ReadOptions } from './reads.ts'

/** What a game writes through Hearth: the source first, then the cache. */
export interface Writes {
  /** Merges into the world's flags; `null` removes a flag. Returns all flags. */
  setFlags(worldId: string, patch: Immutable<Flags>, options?: WriteOptions): Promise<Flags>
  /** Writes fields of the world's snapshot. Returns all of it. */
  saveSnapshot(
    worldId: string,
    snapshot: Immutable<Partial<Snapshot>>,
    options?: WriteOptions,
  ): Promise<Snapshot>
}

/** Of what a write returns, as `ReadOptions` has it for reads. */
export type WriteOptions = Pick<ReadOptions, 'exactNumbers'>

export interface WritesDeps {
  cache: Pick<Cache, 'keys' | 'writeThrough' | 'cacheState' | 'confirmations'>
  world: Pick<World, 'setFlags' | 'saveSnapshot'>
  /** Has what was recorded relayed at once. */
  notifyRelay(): void
  onError(error: Error): void
}

export function createWrites({ cache, world, notifyRelay, onError }: WritesDeps): Writes {
  /** The change is recorded with the source, so that no crash can lose it; where the cache has it, that is noted. */
  async function writeThrough<T>(
    worldId: string,
    { kind, change }: { kind: Kind<T, 'world'>; change: Change },
    commit: (through: WriteThrough) => Promise<T>,
    { exactNumbers = false }: WriteOptions = {},
  ): Promise<T> {
    const id = randomUUID()
    const entry = cache.keys.entryOf(worldId, { kind: kind.name })
    const written = await cache.writeThrough(entry, beforeCommit =>
      commit({ outbox: { id, changes: [change] }, beforeCommit }),
    )
    if (written.cache === 'deferred') {
      cache.cacheState.doubt(entry.key)
      notifyRelay()
    } else await cache.confirmations.note(worldId, id).catch(onError)
    const parse = exactNumbers ? parseJsonText : JSON.parse // as a reader gets it: no two callers share an object
    return parse(written.text) as T
  }

  return {
    setFlags: (worldId, patch, options) =>
      writeThrough(
        worldId,
        { kind: flags, change: { kind: 'flags-changed' } },
        through => world.setFlags(worldId, patch as Flags, through),
        options,
      ),
    saveSnapshot: (worldId, given, options) =>
      writeThrough(
        worldId,
        { kind: snapshot, change: { kind: 'snapshot-changed' } },
        through => world.saveSnapshot(worldId, given as Partial<Snapshot>, through),
        options,
      ),
  }
}
