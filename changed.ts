import { randomUUID } from 'node:crypto'
import { wrong } from './arguments.ts'
import type { Cache } from './cache/cache.ts'
import { staleTargets, type Target } from './cache/changes.ts'
import { HearthError } from './errors.ts'
import { id } from './ids.ts'
import { createDirect } from './invalidate-directly.ts'
import { type Change, changesSchema } from './queues/changes.ts'
import { parsePayload } from './queues/payload.ts'
import type { Producer } from './queues/producer.ts'
import { type OutboxTransaction, writeOutboxNode } from './world/neo4j/outbox.ts'
import type { Outbox } from './world/outbox.ts'

export interface ChangedOptions {
  /** The id that `recordChanges` returned, where the changes were recorded with the truth. */
  recorded?: string
}

/** `deferred`: the cache's Redis is away; readers see the change when the outbox has been relayed. */
export type ChangedOutcome = 'invalidated' | 'deferred'

interface ChangesDeps {
  cache: Cache
  producer: Producer
  outbox: Outbox
  /** How long the direct way may take. Milliseconds, default 50. */
  directMs?: number
  /** Has what was recorded relayed at once. */
  poke(): void
  /** Hears why a job that was to make sure could not be stored. */
  onTrouble(error: Error): void
}

/** What was made stale by hand. */
export interface InvalidateResult {
  outcome: ChangedOutcome
  /** How many entries were there; 0 where it was deferred. */
  existed: number
}

/** What a backend tells of its changes, and the invalidations that follow. */
export interface Changes {
  changed(worldId: string, changes: readonly Change[], options?: ChangedOptions): Promise<ChangedOutcome>
  invalidate(worldId: string, targets: readonly Target[] | 'all'): Promise<InvalidateResult>
  /** Resolves when every job that was to make sure is stored, or could not be. */
  idle(): Promise<void>
}

export function createChanges({
  cache,
  producer,
  outbox,
  directMs = 50,
  poke,
  onTrouble,
}: ChangesDeps): Changes {
  const direct = createDirect({ cache, timeoutMs: directMs })
  const making = new Set<Promise<void>>()

  /** In the background: nobody has to wait for a second safety net. */
  function alsoMakeSure(work: Promise<void>): void {
    const done = work.catch(onTrouble).finally(() => making.delete(done))
    making.add(done)
  }

  /** In the outbox; where Neo4j is away too, as a job in the queue's Redis, which may be another server. */
  async function defer(
    worldId: string,
    targets: readonly Target[],
    changes: readonly Change[],
  ): Promise<void> {
    try {
      await outbox.record(worldId, changes)
    } catch (cause) {
      await producer.invalidate(targets.map(target => ({ worldId, target, version: null }))).catch(() => {
        throw new HearthError(
          'CacheUnavailable',
          `the change of world ${worldId} was neither invalidated, nor recorded, nor queued: say it again`,
          { cause },
        )
      })
    }
  }

  async function makeStale(
    worldId: string,
    targets: readonly Target[],
    changes: readonly Change[],
    recorded?: string,
  ): Promise<InvalidateResult> {
    const done = await direct(worldId, targets)
    if (!done) {
      if (recorded === undefined) await defer(worldId, targets, changes)
      cache.trust.recorded()
      poke()
      return { outcome: 'deferred', existed: 0 }
    }
    const { version, existed } = done
    alsoMakeSure(producer.invalidate(targets.map(target => ({ worldId, target, version }))))
    if (recorded !== undefined) alsoMakeSure(cache.confirmations.note(worldId, recorded))
    return { outcome: 'invalidated', existed }
  }

  return {
    async changed(worldId, changes, { recorded } = {}) {
      const parsed = parsePayload(changesSchema, changes, 'changes')
      return (await makeStale(worldId, staleTargets(parsed), parsed, recorded)).outcome
    },

    async invalidate(worldId, targets) {
      const all: InvalidateResult = { outcome: 'invalidated', existed: 0 }
      for await (const some of targets === 'all' ? cache.targetsOf(worldId) : [targets]) {
        if (some.length === 0) continue
        const { outcome, existed } = await makeStale(worldId, some, some.map(changeFor))
        if (outcome === 'deferred') all.outcome = outcome
        all.existed += existed
      }
      return all
    },

    async idle() {
      await Promise.all(making)
    },
  }
}

/**
 * Records changes in the backend's own transaction (neo4j-driver's `Transaction` or `ManagedTransaction`), so that no
 * crash between its commit and `changed` can lose them. Give the id that it returns to `changed`, as `recorded`.
 * Throws `InvalidInput` before anything is written, else what the driver throws.
 */
export async function recordChanges(
  tx: OutboxTransaction,
  worldId: string,
  changes: readonly Change[],
): Promise<string> {
  if (typeof tx?.run !== 'function') throw wrong('tx', 'must be a transaction of neo4j-driver', tx)
  parsePayload(id, worldId, 'worldId')
  const outboxId = randomUUID()
  const parsed = parsePayload(changesSchema, changes, 'changes')
  await writeOutboxNode(tx, { id: outboxId, worldId, changes: parsed })
  return outboxId
}

/** A change that makes the target stale, for when it has to be recorded. */
function changeFor(target: Target): Change {
  switch (target.kind) {
    case 'flags':
      return { kind: 'flags-changed' }
    case 'snapshot':
      return { kind: 'snapshot-changed' }
    case 'entity':
      return { kind: 'entity-updated', type: target.type, id: target.id }
    case 'timeline':
      return { kind: 'event-added', entityIds: [target.id] }
  }
}
