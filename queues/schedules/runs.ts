import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type { ScheduleKeys } from './keys.ts'
import type { Schedule } from './schedule.ts'

/** A round under way: the only one of its name in the fleet, as long as its lock is renewed. */
export interface Run {
  /** Aborted as soon as, by this process's clock, the lock may have run out: another may begin. */
  readonly lost: AbortSignal
  /** Notes how it went, unless its lock was lost, and makes way for the next. */
  end(result: { tookMs: number; error: Error | undefined }): Promise<void>
  /** Renews the lock no more: it runs out by itself. */
  abandon(): void
}

export interface Beginning {
  schedule: Pick<Schedule, 'name' | 'expression'>
  /** `due` now, or `missed`: then it begins only while that slot is still the next one in Redis. */
  why: 'due' | 'missed'
  slot: Date
  nextAt: Date
}

export interface RunsOptions {
  redis: Redis
  keys: ScheduleKeys
  /** Who we are to an operator: `host:pid`. */
  by: string
  /** How long after the death of its process a round still counts as running. Milliseconds. */
  lockMs: number
}

const scriptOf = (name: string) => readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8')
const beginRound = scriptOf('begin-round')
const endRound = scriptOf('end-round')
const lead = scriptOf('lead')

const longestReason = 500

/** Begins a run; rejects where Redis does not answer. The lock is renewed three times in its life. */
export async function beginRun(
  { redis, keys, by, lockMs }: RunsOptions,
  { schedule, why, slot, nextAt }: Beginning,
): Promise<Run | 'overlap' | 'past'> {
  const { name, expression } = schedule
  const [state, lock] = [keys.state(name), keys.running(name)]
  const token = randomUUID()
  const times = [slot.getTime(), nextAt.getTime(), Date.now()]
  // The life counts from before the question, since Redis may have heard it at once and its answer dawdled.
  const askedAt = performance.now()
  const args = [token, lockMs, why, ...times, name, expression, by]
  const answer = await redis.eval(beginRound, 3, state, lock, keys.names, ...args)
  if (answer !== 'begun') return answer as 'overlap' | 'past'

  const { lost, release } = hold(redis, { lock, token, lockMs, askedAt })
  return {
    lost,
    abandon: release,
    async end({ tookMs, error }) {
      release()
      const outcome = error ? ['failed', error.message.slice(0, longestReason) || error.name] : ['ok', '']
      await redis.eval(endRound, 2, state, lock, token, Math.round(tookMs), ...outcome)
    },
  }
}

interface Lock {
  lock: string
  token: string
  lockMs: number
  askedAt: number
}

function hold(redis: Redis, { lock, token, lockMs, askedAt }: Lock): { lost: AbortSignal; release(): void } {
  const abort = new AbortController()
  let lapse: NodeJS.Timeout | undefined
  let released = false

  function lose(): void {
    release()
    abort.abort(new Error('the running lock could not be renewed in time'))
  }

  function release(): void {
    released = true
    clearInterval(renewing)
    clearTimeout(lapse)
  }

  function keepUntil(until: number): void {
    clearTimeout(lapse)
    lapse = setTimeout(lose, Math.max(0, until - performance.now()))
  }

  const renewing = setInterval(async () => {
    const renewedAt = performance.now()
    const answer = await redis.eval(lead, 1, lock, token, lockMs).catch(() => undefined)
    if (released) return
    // Without an answer nothing is known, and what was known stands until it lapses.
    if (answer === 1) keepUntil(renewedAt + lockMs * shareOfLife)
    if (answer === 0) lose()
  }, lockMs / 3)
  keepUntil(askedAt + lockMs * shareOfLife)
  return { lost: abort.signal, release }
}

/** The rest is for clocks that do not go equally fast. */
const shareOfLife = 0.95
