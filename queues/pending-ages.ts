import { createObservedAge, type ObservedAge, type Waiting } from '../resilience/observed-age.ts'

/** The first event of a world, and the ages of its first and its last by Redis' clock. */
interface First {
  events: readonly { acceptedAt: string }[]
  oldestMs: number
  newestMs: number
}

/** How long worlds' pending events have waited, from one look at all of them to the next. */
export interface PendingAges {
  /** The age of the oldest of all worlds: `firsts` has the first event of each. Milliseconds. */
  oldestOf(worldIds: readonly string[], firsts: readonly First[]): number
}

export function createPendingAges(): PendingAges {
  let known = new Map<string, ObservedAge>()
  let lookedAt = Number.NEGATIVE_INFINITY

  return {
    oldestOf(worldIds, firsts) {
      const before = known
      known = new Map()
      let oldestMs = 0
      worldIds.forEach((worldId, i) => {
        const waiting = waitingOf(firsts[i])
        if (waiting === null) return
        const age = before.get(worldId) ?? createObservedAge({ lookedAt })
        known.set(worldId, age)
        oldestMs = Math.max(oldestMs, age.look(waiting))
      })
      lookedAt = performance.now()
      return oldestMs
    },
  }
}

function waitingOf(first: First | undefined): Waiting | null {
  const [head] = first?.events ?? []
  if (!first || !head) return null
  const oldest = Number(head.acceptedAt) / 1_000
  return { oldest, newest: oldest + first.oldestMs - first.newestMs, ageMs: first.oldestMs }
}
