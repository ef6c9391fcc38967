import { setTimeout as pause } from 'node:timers/promises'

/** How long each request took, from when it was due, in milliseconds, sorted; and how many were not answered well. */
export interface Answers {
  took: number[]
  failed: number
}

export interface Load {
  perSecond: number
  seconds: number
  /** Makes the request of this number. */
  send(n: number): Promise<Response>
}

/**
 * Sends so many requests a second whether or not the ones before were answered. Each counts from when it was due, or a
 * stall would hide those that had to wait for it.
 */
export async function sendAtRate({ perSecond, seconds, send }: Load): Promise<Answers> {
  const took: number[] = []
  let failed = 0
  const from = performance.now()
  const sent: Promise<void>[] = []
  const one = async (n: number, dueAt: number) => {
    const answer = await send(n).catch(() => undefined)
    await answer?.arrayBuffer()
    took.push(performance.now() - dueAt)
    if (!answer?.ok) failed += 1
  }
  for (let n = 0; n < perSecond * seconds; n++) {
    const dueAt = from + (n * 1_000) / perSecond
    const early = dueAt - performance.now()
    if (early > 0) await pause(early)
    sent.push(one(n, dueAt))
  }
  await Promise.all(sent)
  return { took: took.sort((a, b) => a - b), failed }
}

/** Of sorted values. */
export const p99 = (sorted: readonly number[]): number =>
  sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN
