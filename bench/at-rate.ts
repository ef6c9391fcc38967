import { setTimeout as pause } from 'node:timers/promises'

export interface Rate {
  perSecond: number
  seconds: number
  /** Does the action with this number. */
  act(n: number): Promise<unknown>
}

/**
 * Starts actions at a fixed rate, whether or not earlier ones have ended, and answers how many milliseconds each took.
 * Each counts from when it was due, or a stall would hide the actions that had to wait for it.
 */
export async function atRate({ perSecond, seconds, act }: Rate): Promise<number[]> {
  const took: number[] = []
  const running: Promise<void>[] = []
  const from = performance.now()
  for (let n = 0; n < perSecond * seconds; n++) {
    const dueAt = from + (n * 1_000) / perSecond
    const early = dueAt - performance.now()
    if (early > 0) await pause(early)
    running.push(act(n).then(() => void took.push(performance.now() - dueAt)))
  }
  await Promise.all(running)
  return took
}
