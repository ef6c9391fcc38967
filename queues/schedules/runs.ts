import { randomUUID } from 'node:crypto'
import { asError } from '../../model/errors.ts'
import { endsWithin } from '../../resilience/within.ts'
import { keepLock, type Lock } from '../lock.ts'
import { queueScript } from '../redis.ts'
import type { Schedule, SchedulerDeps } from './schedule.ts'

/** A slot of a schedule that is to be run. */
export interface Slot {
  schedule: Schedule
  /** `due` now, or `missed`: then it begins only while that slot is still the next one in Redis. */
  why: 'due' | 'missed'
  slot: Date
  nextAt: Date
}

const beginRound = queueScript('begin-round')
const endRound = queueScript('end-round')
const maxReason = 500

/** The runs of this process: each is the only one of its schedule in the fleet, as long as its lock is renewed. */
export function createRuns({ redis, prefix, keys, by, lockMs, onEvent, onError }: SchedulerDeps) {
  const stopping = new AbortController()
  const underWay = new Map<Promise<void>, Lock>()

  async function begin({ schedule, why, slot, nextAt }: Slot): Promise<Lock | 'overlap' | 'past'> {
    const { name, expression } = schedule
    const token = randomUUID()
    const key = keys.running(name)
    const askedAt = performance.now()
    const times = [slot.getTime(), nextAt.getTime(), Date.now()]
    const args = [token, lockMs, why, ...times, name, expression, by]
    const answer = await beginRound(redis, [keys.state(name), key, keys.names], args)
    if (answer !== 'begun') return answer as 'overlap' | 'past'
    return keepLock({ redis, key, token, lifeMs: lockMs, askedAt })
  }

  async function perform({ schedule, slot, nextAt }: Slot, lock: Lock): Promise<void> {
    const { name } = schedule
    const signal = AbortSignal.any([stopping.signal, lock.lost])
    const begunAt = performance.now()
    let error: Error | undefined
    try {
      signal.throwIfAborted()
      await schedule.run({ slot, nextAt, signal, store: { redis, prefix } })
    } catch (thrown) {
      error = asError(thrown)
    }
    const tookMs = performance.now() - begunAt
    lock.abandon()
    const outcome = error ? ['failed', error.message.slice(0, maxReason) || error.name] : ['ok', '']
    const args = [lock.token, Math.round(tookMs), ...outcome]
    await endRound(redis, [keys.state(name), keys.running(name)], args).catch(onError) // then it will be shown as lost
    if (!error) onEvent({ name, slot, tookMs, outcome: 'ok' })
    else if (error === stopping.signal.reason) onEvent({ name, slot, tookMs, outcome: 'stopped' })
    else onEvent({ name, slot, tookMs, outcome: 'failed', error })
  }

  return {
    /** Runs the slot, unless it may not begin. Rejects with `QueueUnavailable` where Redis does not answer. */
    async run(due: Slot): Promise<void> {
      const { schedule, why, slot } = due
      const lock = await begin(due)
      if (lock === 'past') return
      if (lock === 'overlap') return onEvent({ name: schedule.name, slot, outcome: 'skipped' })
      if (why === 'missed') onEvent({ name: schedule.name, slot, outcome: 'caught-up' })
      const running = perform(due, lock)
      underWay.set(running, lock)
      await running.finally(() => underWay.delete(running))
    },

    /** Aborts those under way, and waits for them, `graceMs` at most: then their locks run out. */
    async close(graceMs: number): Promise<void> {
      stopping.abort(new Error('the scheduler is stopping'))
      await endsWithin(graceMs, Promise.allSettled(underWay.keys()))
      for (const lock of underWay.values()) lock.abandon()
    },
  }
}

export type Runs = ReturnType<typeof createRuns>
