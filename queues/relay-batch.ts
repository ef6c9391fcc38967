import { attemptAsync, partition } from 'es-toolkit'
import type { Change } from '../model/changes.ts'
import { asError, HearthError, isPassing } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
import { isId } from '../model/ids.ts'
import type { OutboxNode } from '../model/outbox-node.ts'
import type { Target } from '../model/world-data.ts'
import type { HeldBack } from './held-back.ts'
import { ageOf, payloadsOf, type RecordedTarget, type Sorted, shortened } from './recorded.ts'

/** Where recorded changes wait. It forgets nothing but what it is given. */
export interface RelayOutbox {
  pending(limit: number, options: { except: readonly string[] }): Promise<OutboxNode[]>
  remove(nodes: readonly OutboxNode[]): Promise<void>
  setAside(nodes: readonly OutboxNode[], reason: string): Promise<void>
}

export interface RelayBatchDeps {
  outbox: Omit<RelayOutbox, 'pending'>
  /** For each, whether it has been invalidated directly. A rejection counts as no. */
  alreadyInvalidated(nodes: readonly OutboxNode[]): Promise<boolean[]>
  targetsOf(changes: readonly Change[]): Target[]
  /** Is called with the bookmarks of what is about to be delivered. */
  noteBookmarks?(worldId: string, bookmarks: readonly string[]): void
  /** Enqueues jobs that make sure; resolves when they are stored. */
  enqueue(targets: readonly RecordedTarget[]): Promise<void>
  /**
   * Invalidates what is stale of one world, in the cache itself. Answers the payloads with the version that gave; rejects
   * where the cache is away, or the world's shard. Then the nodes stay, since a node that is gone means to every process that
   * its change is in the cache. Default: leaves it to the jobs.
   */
  deliver?(payloads: readonly RecordedTarget[]): Promise<readonly RecordedTarget[]>
  /** Worlds that cannot be delivered at present. Their jobs are stored once, not at each attempt. */
  heldBack: Pick<HeldBack, 'add' | 'has' | 'delivered'>
  /** Whether this process is the one that acts. */
  leads(): boolean
  /** `oldestMs`: how long ago the oldest of these nodes was recorded. */
  onRelayed?(nodes: number, oldestMs: number): void
  /** Is called with nodes that were set aside, and why. */
  onRefused?(nodes: readonly OutboxNode[], reason: string): void
}

/** Handed to the producer in one go, so that memory stays flat however many entities the changes name. */
const maxPayloads = 5_000
/** The cache that did not answer is not asked again so soon: a backlog must not wait for it at every batch. */
const noCheckMs = 5_000

/**
 * Relays nodes: enqueues what they made stale, and only when that was acknowledged removes exactly these; but for those of
 * worlds that cannot be delivered, which stay.
 */
export function createRelayBatch(deps: RelayBatchDeps): (nodes: readonly Sorted[]) => Promise<void> {
  const { outbox, targetsOf, enqueue, heldBack, leads } = deps
  const { deliver = async payloads => payloads, onRelayed = () => {}, onRefused = () => {} } = deps
  let checkFrom = 0

  /** Where one of the nodes makes it fail by what it holds, that one is set aside alone, and the others go on. */
  async function relay(nodes: readonly Sorted[]): Promise<void> {
    try {
      return await relayAtOnce(nodes)
    } catch (error) {
      if (passes(error)) throw error
      const [only] = nodes
      if (only && nodes.length === 1) return setAside([only.node], shortened(asError(error).message))
    }
    let failure: unknown
    const middle = Math.ceil(nodes.length / 2)
    for (const half of [nodes.slice(0, middle), nodes.slice(middle)]) {
      await relay(half).catch(error => {
        if (passes(error)) throw error
        failure ??= error
      })
    }
    if (failure) throw failure
  }

  async function relayAtOnce(nodes: readonly Sorted[]): Promise<void> {
    const invalidated = await check(nodes.map(({ node }) => node))
    const open = nodes.filter(({ node }) => !invalidated.has(node))
    for (const { node } of open) deps.noteBookmarks?.(node.worldId, node.bookmarks ?? [])
    const failed = new Set<string>()
    for (const payloads of payloadsOf(open, targetsOf, maxPayloads)) {
      if (!leads()) return // the process that does finds all of these nodes
      for (const worldId of await makeStale(payloads)) failed.add(worldId)
    }
    const delivered = nodes.filter(({ node }) => !failed.has(node.worldId))
    const [understood, strange] = partition(delivered, ({ refused }) => refused === undefined)
    if (understood.length > 0) {
      const done = understood.map(({ node }) => node)
      await outbox.remove(done)
      onRelayed(done.length, ageOf(done))
    }
    for (const [reason, refused] of groupBy(strange, ({ refused }) => refused as string)) {
      await setAside(
        refused.map(({ node }) => node),
        reason,
      )
    }
  }

  /**
   * Where a world could not be delivered here it is enqueued all the same: a worker may reach the cache. Answers such
   * worlds.
   */
  async function makeStale(payloads: readonly RecordedTarget[]): Promise<string[]> {
    const byWorld = groupBy(payloads, ({ worldId }) => worldId)
    const outcomes = await Promise.all(
      Array.from(byWorld, async ([worldId, group]) => {
        const [failure, delivered] = await attemptAsync(() => deliver(group))
        return { worldId, failure, payloads: delivered ?? (heldBack.has(worldId) ? [] : group) }
      }),
    )
    await enqueue(outcomes.flatMap(outcome => outcome.payloads))
    return outcomes.flatMap(({ worldId, failure }) => {
      if (!failure) {
        heldBack.delivered(worldId)
        return []
      }
      if (!isPassing(failure)) throw failure
      heldBack.add(worldId, asError(failure))
      return worldId
    })
  }

  async function setAside(nodes: readonly OutboxNode[], reason: string): Promise<void> {
    await outbox.setAside(nodes, reason)
    onRefused(nodes, reason)
  }

  /** Those of which it is known that they were invalidated. */
  async function check(nodes: readonly OutboxNode[]): Promise<Set<OutboxNode>> {
    const named = nodes.filter(node => isId(node.id) && isId(node.worldId)) // no process can have noted the others
    if (named.length === 0 || performance.now() < checkFrom) return new Set()
    try {
      const answers = await deps.alreadyInvalidated(named)
      return new Set(named.filter((_, i) => answers[i]))
    } catch {
      checkFrom = performance.now() + noCheckMs
      return new Set()
    }
  }

  return relay
}

/** What is a server's fault, or this process', ends by itself, and says nothing of a node. */
const passes = (error: unknown): boolean =>
  isPassing(error) || (error instanceof HearthError && ['Closed', 'Aborted'].includes(error.code))
