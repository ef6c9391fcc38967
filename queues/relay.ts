import { setTimeout as sleep } from 'node:timers/promises'
import { asError, HearthError } from '../model/errors.ts'
import type { OutboxNode } from '../model/outbox-node.ts'
import { endsWithin } from '../resilience/within.ts'
import { createHeldBack } from './held-back.ts'
import { type ProblemOf, sortOut } from './recorded.ts'
import { createRelayBatch, type RelayBatchDeps, type RelayOutbox } from './relay-batch.ts'

export interface RelayDeps extends Omit<RelayBatchDeps, 'heldBack'> {
  outbox: RelayOutbox
  /** Default: every change fits. */
  problemOf?: ProblemOf
  /** Whether the world's shard of the cache is known to be away: then it is tried again when it is back. Default: never. */
  isAway?(worldId: string): boolean
  /** How often to look for changes without a notification. Milliseconds, default 200. */
  pollMs?: number
  /** How many nodes are read, and removed, in one go. Default 1,000. */
  batch?: number
  /** Called once when an error begins or becomes another, and with null when it is over. */
  onError(error: Error | null): void
}

/** Carries recorded changes to the `invalidate` queue. */
export type Relay = ReturnType<typeof createRelay>

const maxPauseMs = 2_000

/**
 * While it leads: reads what is pending, enqueues it, and only when that was acknowledged removes exactly what it read.
 * A crash in between repeats an invalidation: it is worse to lose a change than to apply it twice. It never gives up.
 */
export function createRelay(deps: RelayDeps) {
  const { outbox, leads, pollMs = 200, batch = 1_000, onError } = deps
  const heldBack = createHeldBack({ isAway: deps.isAway ?? (() => false) })
  const relay = createRelayBatch({ ...deps, heldBack })
  let notified = new AbortController()
  let lastError: string | undefined
  let closing: Promise<unknown> | undefined

  async function run(): Promise<void> {
    let pauseMs = pollMs
    while (!closing) {
      try {
        const led = leads()
        if (led) await relayAll()
        pauseMs = pollMs
        if (led) report(heldBack.reason)
      } catch (error) {
        pauseMs = Math.max(pollMs, Math.min(pauseMs * 2, maxPauseMs))
        report(asError(error))
      }
      await sleep(pauseMs, undefined, { signal: notified.signal }).catch(() => {}) // notified, perhaps before the pause
      notified = new AbortController()
    }
  }

  function report(error: Error | null): void {
    const kind = error instanceof HearthError ? error.code : error?.message
    if (kind === lastError || closing) return
    lastError = kind
    onError(error)
  }

  /** Until nothing is pending but what is held back. The next batch is read while the one before it is under way. */
  async function relayAll(): Promise<void> {
    let nodes = await pendingBeside([])
    while (nodes.length > 0) {
      const [next] = await Promise.all([
        nodes.length >= batch ? pendingBeside(nodes) : [],
        relay(sortOut(nodes, deps.problemOf)),
      ])
      nodes = closing || !leads() ? [] : next
    }
  }

  async function pendingBeside(inHand: readonly OutboxNode[]): Promise<OutboxNode[]> {
    const refs = new Set(inHand.map(({ ref }) => ref))
    const except = heldBack.worlds()
    const left = new Set(except) // an outbox of another's may not know `except`
    const found = await outbox.pending(inHand.length + batch, { except })
    return found.filter(({ ref, worldId }) => !refs.has(ref) && !left.has(worldId)).slice(0, batch)
  }

  const running = run()
  return {
    /** Something was recorded: looks now. */
    notify: () => notified.abort(),
    /** Finishes the batch in hand, or abandons it after `graceMs`; then it is relayed again. Safe twice. */
    async close(graceMs: number): Promise<void> {
      closing ??= endsWithin(graceMs, running)
      notified.abort()
      await closing
    },
  }
}
