import { randomUUID } from 'node:crypto'
import type { JobDeps } from '../deps.ts'

/** As long as a dead worker's job stays with it. */
const lifeMs = 10_000

/**
 * Runs `work` while nobody else flushes this world; answers 'held' where somebody does. BullMQ sees to that too, but
 * hands on the job of a worker that only slept. Should two flush all the same, both write the same, idempotently.
 */
export async function guarded<T>(
  pending: JobDeps['pending'],
  worldId: string,
  work: () => Promise<T>,
): Promise<T | 'held'> {
  const token = randomUUID()
  if (!(await pending.hold(worldId, token, lifeMs))) return 'held'
  const renewal = setInterval(() => {
    pending.hold(worldId, token, lifeMs).catch(() => {}) // else it runs out
  }, lifeMs / 3)
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    await pending.release(worldId, token).catch(() => {}) // else it runs out
  }
}
