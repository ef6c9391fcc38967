import { duration } from '../../data/words.ts'

/** A round that is late by more than this is not run by any process. Milliseconds. */
const overdueMs = 10_000

/** By how much a round is overdue; 0 where it is not. */
export const overdueBy = (nextRunAt: number, at: number): number =>
  at - nextRunAt > overdueMs ? at - nextRunAt : 0

export function Next({ nextRunAt, at }: { nextRunAt: number; at: number }) {
  const overdue = overdueBy(nextRunAt, at)
  return overdue > 0 ? (
    <strong class="bad">overdue by {duration(overdue)}</strong>
  ) : (
    <>in {duration(Math.max(0, nextRunAt - at))}</>
  )
}
