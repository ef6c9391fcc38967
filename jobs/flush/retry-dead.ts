import { chunk } from 'es-toolkit'
import { HearthError } from '../../model/errors.ts'
import type { JobDeps } from '../deps.ts'
import { flushWorldJob } from './payload.ts'

const atOnce = 1_000

/**
 * Makes events pending again that were set aside (all of a world's, or those of these ids), and has them flushed.
 * Returns how many there were. Throws `Backlogged` where too many are pending.
 */
export async function retryDead(
  { pending, producer }: Pick<JobDeps, 'pending' | 'producer'>,
  worldId: string,
  eventIds?: readonly string[],
): Promise<number> {
  const dead = await pending.dead(worldId, eventIds)
  for (const some of chunk(dead, atOnce)) {
    const { calls } = await pending.accept(worldId, [some.map(({ event }) => event)])
    if (calls[0] === 'full') throw new HearthError('Backlogged', "the queues' Redis has no room to spare")
    if (calls[0] === 'too-many')
      throw new HearthError('Backlogged', `too many events of world ${JSON.stringify(worldId)} are pending`)
  }
  if (dead.length > 0) await producer.addAll(flushWorldJob, [{ payload: { worldId } }])
  return dead.length
}
