import { partition } from 'es-toolkit'
import type { Change } from '../model/changes.ts'
import { asError, HearthError, isPassing } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
import { isId } from '../model/ids.ts'
import type { Target } from '../model/target.ts'
import { endsWithin } from '../resilience/within.ts'
import {
  ageOf,
  type ProblemOf,
  payloadsOf,
  type RecordedChanges,
  type RecordedTarget,
  type Sorted,
  shortened,
  sortOut,
} from './recorded.ts'

/** Where recorded changes wait. It forgets nothing but what it is told to. */
export interface RelayOutbox<Node extends RecordedChanges> {
  pending(limit: number): Promise<Node[]>
  remove(nodes: readonly Node[]): Promise<void>
  setAside(nodes: readonly Node[], reason: string): Promise<void>
}

export interface RelayDeps<Node extends RecordedChanges> {
  outbox: RelayOutbox<Node>
  /** For each, whether it has been invalidated directly. A rejection counts as no. */
  alreadyInvalidated(nodes: readonly Node[]): Promise<boolean[]>
  targetsOf(changes: readonly Change[]): Target[]
  /** Default: every change fits. */
  problemOf?: ProblemOf
  /** Enqueues jobs that make sure; resolves when they are stored. */
  enqueue(targets: readonly RecordedTarget[]): Promise<void>
  /**
   * Invalidates in the cache itself. Answers the payloads with the version that gave; rejects where the cache is away.
   * Then the nodes stay, since a node that is gone tells everybody that its change is in the cache. Default: leaves it to the jobs.
   */
  deliver?(payloads: readonly RecordedTarget[]): Promise<readonly RecordedTarget[]>
  /** Whether this process is the one that acts. */
  leads(): boolean
  /** How often to look for changes without a notification. Milliseconds, default 200. */
  pollMs?: number
  /** How many nodes are read, and removed, in one go. Default 1,000. */
  batch?: number
  /** `oldestMs`: how long ago the oldest of these nodes was recorded. */
  onRelayed?(nodes: number, oldestMs: number): void
  /** Told of nodes that were set aside, and why. */
  onRefused?(nodes: readonly Node[], reason: string): void
  /** Told once when trouble begins or becomes another, and with null when it is over. */
  onTrouble(trouble: Error | null): void
}

/** Carries recorded changes to the `invalidate` queue. */
export interface Relay {
  /** Something was recorded: looks now. */
  notify(): void
  /** Finishes the batch in hand, or abandons it after `graceMs`; then it is relayed again. Safe twice. */
  close(graceMs: number): Promise<void>
}

const longestPauseMs = 2_000
/** Handed to the producer in one go, so that memory stays flat however many entities the changes name. */
const payloadsAtOnce = 5_000
/** The cache that did not answer is not asked again so soon: a backlog must not wait for it at every batch. */
const noCheckMs = 5_000

/**
 * While it leads: reads what is pending, enqueues it, and only when that was acknowledged removes exactly what it read.
 * A crash in between repeats an invalidation: it is worse to lose a change than to apply it twice. It never gives up.
 */
export function createRelay<Node extends RecordedChanges>(deps: RelayDeps<Node>): Relay {
  const { outbox, targetsOf, enqueue, leads, pollMs = 200, batch = 1_000, onTrouble } = deps
  const { deliver = async payloads => payloads, onRelayed = () => {}, onRefused = () => {} } = deps
  const alarm = createAlarm()
  let trouble: string | undefined
  let checkFrom = 0
  let closing: Promise<unknown> | undefined

  async function run(): Promise<void> {
    let pauseMs = pollMs
    while (!closing) {
      try {
        const led = leads()
        if (led) await relayAll()
        pauseMs = pollMs
        if (led) tell(null)
      } catch (error) {
        pauseMs = Math.max(pollMs, Math.min(pauseMs * 2, longestPauseMs))
        tell(asError(error))
      }
      await alarm.within(pauseMs)
    }
  }

  function tell(error: Error | null): void {
    const kind = error instanceof HearthError ? error.code : error?.message
    if (kind === trouble || closing) return
    trouble = kind
    onTrouble(error)
  }

  /** Until nothing is pending. The next batch is read while the one before it is under way. */
  async function relayAll(): Promise<void> {
    let nodes = await outbox.pending(batch)
    while (nodes.length > 0) {
      const full = nodes.length >= batch
      const [next] = await Promise.all([
        full ? pendingBeside(nodes) : [],
        relay(sortOut(nodes, deps.problemOf)),
      ])
      nodes = closing || !leads() ? [] : next
    }
  }

  async function pendingBeside(inHand: readonly Node[]): Promise<Node[]> {
    const refs = new Set(inHand.map(({ ref }) => ref))
    const found = await outbox.pending(inHand.length + batch)
    return found.filter(({ ref }) => !refs.has(ref)).slice(0, batch)
  }

  /** Where one of the nodes makes it fail by what it holds, that one is set aside alone, and the others go on. */
  async function relay(nodes: readonly Sorted<Node>[]): Promise<void> {
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

  async function relayAtOnce(nodes: readonly Sorted<Node>[]): Promise<void> {
    const invalidated = await check(nodes.map(({ node }) => node))
    const open = nodes.filter(({ node }) => !invalidated.has(node))
    for (const payloads of payloadsOf(open, targetsOf, payloadsAtOnce)) {
      if (!leads()) return // whoever does finds all of these nodes
      const [delivered, outcome] = await deliver(payloads).then(
        done => [done, undefined] as const,
        error => [payloads, { error }] as const,
      )
      await enqueue(delivered) // where it could not be delivered here, a worker may reach the cache
      if (outcome) throw outcome.error
    }
    const [understood, strange] = partition(nodes, ({ refused }) => refused === undefined)
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

  async function setAside(nodes: readonly Node[], reason: string): Promise<void> {
    await outbox.setAside(nodes, reason)
    onRefused(nodes, reason)
  }

  /** Those of which it is known that they were invalidated. */
  async function check(nodes: readonly Node[]): Promise<Set<Node>> {
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

  const running = run()
  return {
    notify: alarm.ring,
    async close(graceMs) {
      closing ??= endsWithin(graceMs, running)
      alarm.ring()
      await closing
    },
  }
}

/** What is a server's fault, or this process', ends by itself, and says nothing of a node. */
const passes = (error: unknown): boolean =>
  isPassing(error) || (error instanceof HearthError && ['Closed', 'Aborted'].includes(error.code))

/** A pause that ends early when it rings, also where it rang before the pause began. */
function createAlarm(): { ring(): void; within(ms: number): Promise<void> } {
  let rung = false
  let wake = () => {}
  return {
    ring() {
      rung = true
      wake()
    },
    within(ms) {
      return new Promise(resolve => {
        const timer = setTimeout(() => wake(), ms)
        wake = () => {
          clearTimeout(timer)
          rung = false
          wake = () => {}
          resolve()
        }
        if (rung) wake()
      })
    },
  }
}
