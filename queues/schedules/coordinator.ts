import type { Redis } from 'ioredis'
import type { RunCoordinator } from 'node-cron'
import type { ScheduleKeys } from './keys.ts'

/**
 * How long a slot stays claimed. Longer than clocks of the fleet may differ and a process may dawdle, so that it is not
 * fired again; and no longer than the rounds may pause after a clock was set back by so much.
 */
export const claimLifeMs = 600_000

/**
 * Lets each slot be fired by the first scheduler that asks. The claim is not given back when the round is over, or the
 * one with the slowest clock would fire it again.
 */
export function createCoordinator(redis: Redis, keys: ScheduleKeys, by: string): RunCoordinator {
  return {
    async shouldRun(slot, lifeMs) {
      return (await redis.set(keys.claim(slot), by, 'PX', lifeMs, 'NX')) === 'OK'
    },
  }
}
