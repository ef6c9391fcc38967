/**
 * Worlds whose changes could not be delivered. They are left out of what is read until their shard of the cache answers
 * again, or for a moment where it does, so that they hold up no other world's, however many changes of theirs wait.
 */
export interface HeldBack {
  add(worldId: string, error: Error): void
  /** Whether it could not be delivered the last time. */
  has(worldId: string): boolean
  delivered(worldId: string): void
  /** Those that are left out now. */
  worlds(): string[]
  /** Why the last one was held back; null where all have been delivered. */
  readonly reason: Error | null
}

interface Held {
  at: number
  times: number
  /** Whether its shard was seen to be away since. */
  wasAway: boolean
}

interface HeldBackDeps {
  /** Whether the world's shard of the cache is known to be away. */
  isAway(worldId: string): boolean
  now?(): number
}

/** How soon it is tried again; the pause doubles. Milliseconds. */
const firstPauseMs = 250
const maxPauseMs = 2_000
/** One that was not met again for so long has no changes left. Milliseconds. */
const forgetMs = 60_000

export function createHeldBack({ isAway, now = () => performance.now() }: HeldBackDeps): HeldBack {
  const held = new Map<string, Held>()
  let reason: Error | null = null

  function isLeftOut(worldId: string, world: Held): boolean {
    if (isAway(worldId)) {
      world.wasAway = true
      return true
    }
    return !world.wasAway && now() - world.at < Math.min(firstPauseMs * 2 ** (world.times - 1), maxPauseMs)
  }

  return {
    add(worldId, error) {
      held.set(worldId, { at: now(), times: (held.get(worldId)?.times ?? 0) + 1, wasAway: false })
      reason = error
    },
    has: worldId => held.has(worldId),
    delivered(worldId) {
      held.delete(worldId)
    },
    worlds() {
      const leftOut: string[] = []
      for (const [worldId, world] of held) {
        if (isLeftOut(worldId, world)) leftOut.push(worldId)
        else if (now() - world.at > forgetMs) held.delete(worldId)
      }
      return leftOut
    },
    get reason() {
      return held.size === 0 ? null : reason
    },
  }
}
