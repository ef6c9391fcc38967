import type { Queue } from 'bullmq'
import { queueAnswered } from './redis.ts'

/** The connections of queues wait for ever. Milliseconds. */
const limitMs = 2_000

/**
 * Pauses a queue, which then takes jobs and gives out none, or resumes it. Undefined for a queue that is not there.
 * Throws `QueueUnavailable`.
 */
export async function setPaused(
  queues: readonly Queue[],
  { queue: name, isPaused }: { queue: string; isPaused: boolean },
): Promise<{ queue: string; isPaused: boolean } | undefined> {
  const queue = queues.find(each => each.name === name)
  if (!queue) return undefined
  await queueAnswered(isPaused ? queue.pause() : queue.resume(), { limitMs })
  return { queue: name, isPaused }
}
