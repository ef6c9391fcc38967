import type { GameStatus } from './messages.ts'

/** A time, by `Date.now`. */
export interface Span {
  from: number
  to: number
}

/**
 * So long nothing may be distrusted before it counts as trusted. On a busy machine a change may be late at any time, and
 * its process then doubts for a moment. Milliseconds.
 */
const settledMs = 1_000

/** The ends of distrusts that follow each other within `settledMs`, beginning with this moment. */
function settledAt(from: number, distrusts: readonly Span[]): number {
  let at = from
  for (const distrust of distrusts) {
    if (distrust.to < from) continue
    if (distrust.from > at + settledMs) break
    at = Math.max(at, distrust.to)
  }
  return at
}

/** The longest that any game did not trust one of these worlds, counted from when the servers were well. Milliseconds. */
export function trustedAfterMs(
  games: readonly GameStatus[],
  worlds: readonly string[],
  well: readonly Span[],
): number {
  const waits = games.flatMap(game =>
    worlds.flatMap(id =>
      well.map(({ from, to }) => Math.min(settledAt(from, game.worlds[id]?.distrust ?? []), to) - from),
    ),
  )
  return Math.max(0, ...waits)
}

/** A time in which a game did not trust a world. */
export interface Distrust {
  game: number
  worldId: string
  /** Since the first moment that was looked at. Milliseconds. */
  afterMs: number
  lastedMs: number
}

/** Each time since then that a game did not trust one of these worlds. */
export function distrustsOf(
  games: readonly GameStatus[],
  worlds: readonly string[],
  since: number,
): Distrust[] {
  return games.flatMap((status, game) =>
    worlds.flatMap(worldId => {
      const distrusts = (status.worlds[worldId]?.distrust ?? []).filter(({ to }) => to > since)
      return distrusts.map(({ from }) => ({
        game,
        worldId,
        afterMs: from - since,
        lastedMs: settledAt(from, distrusts) - from,
      }))
    }),
  )
}
