import type { GameStatus, Span } from './messages.ts'

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

/** How much of a time is in spans that do not overlap. Milliseconds. */
const overlapMs = ({ from, to }: Span, spans: readonly Span[]): number =>
  spans.reduce((ms, span) => ms + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0)

/** How much of the time since then the machine was late, as the games saw it: 0 to 1. */
export function lateShare(games: readonly GameStatus[], since: number): number {
  const span = { from: since, to: Date.now() }
  const shares = games.map(({ late }) => overlapMs(span, late) / (span.to - span.from))
  return Math.max(0, ...shares)
}

/** How long games did not trust a world. */
export interface Waited {
  ms: number
  /** Without the time in which the machine was late. */
  calmMs: number
}

/** The longest that any game did not trust one of these worlds, counted from when the servers were well. */
export function trustedAfter(
  games: readonly GameStatus[],
  worlds: readonly string[],
  well: readonly Span[],
): Waited {
  const waits = games.flatMap(game =>
    worlds.flatMap(id =>
      well.map(({ from, to }) => {
        const until = Math.min(settledAt(from, game.worlds[id]?.distrust ?? []), to)
        return { ms: until - from, calmMs: until - from - overlapMs({ from, to: until }, game.late) }
      }),
    ),
  )
  return {
    ms: Math.max(0, ...waits.map(({ ms }) => ms)),
    calmMs: Math.max(0, ...waits.map(({ calmMs }) => calmMs)),
  }
}

/** A time in which a game did not trust a world. */
export interface Distrust {
  game: number
  worldId: string
  /** Since the first moment that was looked at. Milliseconds. */
  afterMs: number
  lastedMs: number
  /** Whether a server that no fault touches was as late when it began, so that this is what a busy machine brings. */
  isOfMachine: boolean
}

/** A change or a probe that takes longer is given up. Milliseconds. */
const givenUpMs = 50
/** Two probes in a row are given up, with 250 ms in between, before a process distrusts for it. Milliseconds. */
const noticedMs = 500
/** What was given up is trusted again within that time: when its answer comes, or its node of the outbox is relayed. */
const mendedMs = 1_000

function isOfMachine({ from, to }: Span, late: readonly Span[]): boolean {
  const before = { from: from - noticedMs, to: from }
  const wasLate = late.some(span => span.to - span.from >= givenUpMs && overlapMs(before, [span]) > 0)
  return wasLate && to - from - overlapMs({ from, to }, late) < mendedMs
}

/** Each time since then that a game did not trust one of these worlds. */
export function distrustsOf(
  games: readonly GameStatus[],
  worlds: readonly string[],
  since: number,
): Distrust[] {
  return games.flatMap((status, game) =>
    worlds.flatMap(worldId =>
      (status.worlds[worldId]?.distrust ?? [])
        .filter(({ to }) => to > since)
        .map(span => ({
          game,
          worldId,
          afterMs: span.from - since,
          lastedMs: span.to - span.from,
          isOfMachine: isOfMachine(span, status.late),
        })),
    ),
  )
}
