import { setTimeout as sleep } from 'node:timers/promises'
import { HearthError } from '../model/errors.ts'
import type { Refused } from '../queues/pending-accept.ts'

/** What appends of this process may hold in memory while they are under way; those beyond are refused. Bytes. */
const maxUnderWay = 64_000_000
/** How long an append is held up at most where too much is pending. Milliseconds. */
const maxSlowdownMs = 1_000

/** Bounds what is under way in this process. */
export function createRoom() {
  let held = 0
  return {
    /** Throws `Backlogged` where there is no room; what is alone is let in, however large. */
    async whileHolding<T>(bytes: number, work: () => Promise<T>): Promise<T> {
      if (held > 0 && held + bytes > maxUnderWay) {
        throw backlogged(`appends of more than ${maxUnderWay} bytes are under way in this process`)
      }
      held += bytes
      try {
        return await work()
      } finally {
        held -= bytes
      }
    },
  }
}

/** The delay grows with the backlog above half of its capacity, so that callers who wait for the answer append less. */
export async function slowDown(pending: number, pendingMax: number): Promise<void> {
  const above = pending / pendingMax - 0.5
  if (above > 0) await sleep(Math.min(1, above * 2) * maxSlowdownMs)
}

export const refusal = (why: Refused, worldId: string, pendingMax: number): HearthError =>
  backlogged(
    why === 'full'
      ? "the queues' Redis has no room to spare: what it still has is for writing to the source what was accepted before"
      : `world ${JSON.stringify(worldId)} would have more than ${pendingMax} events that are not yet flushed`,
  )

const backlogged = (reason: string): HearthError =>
  new HearthError('Backlogged', `${reason}; none of these events was accepted; append them again later`)
