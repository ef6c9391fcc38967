import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { readSchedules } from '../../queues/schedules/read.ts'
import type { Schedule, ScheduleEvent } from '../../queues/schedules/schedule.ts'
import { type SchedulesOptions, startSchedules } from '../../queues/schedules/start.ts'
import { redisUrl } from './servers.ts'
import { fresh } from './setup.ts'

export const everySecond = '* * * * * *'
/** Not due while the tests run, unless they run at midnight of a leap day. */
export const hardlyEver = '0 0 29 2 *'

/** Once a day, and first at least `ms` from now. */
export function onceIn(ms: number): { expression: string; at: Date } {
  const at = new Date(Math.ceil((Date.now() + ms) / 1_000) * 1_000)
  return { expression: `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`, at }
}

/** Schedulers of one fleet, all of them closed in the end. */
export function schedulesSetup(address = redisUrl()) {
  const place = { address, prefix: fresh('schedules') }
  const redis = new Redis(address)
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  const events: ScheduleEvent[] = []
  const waiting: { matches: (event: ScheduleEvent) => boolean; resolve: (event: ScheduleEvent) => void }[] =
    []

  return {
    place,
    redis,
    events,

    start(schedule: Partial<Schedule> = {}, options: Partial<SchedulesOptions> = {}) {
      const schedules = startSchedules({
        place,
        schedules: [{ name: 'refresh', expression: everySecond, run: async () => {}, ...schedule }],
        onEvent(event) {
          events.push(event)
          for (const { matches, resolve } of waiting) if (matches(event)) resolve(event)
        },
        ...options,
      })
      onTestFinished(() => schedules.close(100))
      return schedules
    },

    /** The next event of this kind. */
    next: (outcome: ScheduleEvent['outcome']) =>
      new Promise<ScheduleEvent>(resolve => {
        waiting.push({ matches: event => event.outcome === outcome, resolve })
      }),

    async row(name = 'refresh') {
      const row = (await readSchedules(place)).find(row => row.name === name)
      if (!row) throw new Error(`there is no schedule ${name}`)
      return row
    },

    /** Counts how often schedulers look for what was missed. */
    async looks(name = 'refresh') {
      let count = 0
      const monitor = await redis.monitor()
      onTestFinished(() => monitor.disconnect())
      monitor.on('monitor', (_time: string, [command, key]: string[]) => {
        if (command?.toLowerCase() === 'hmget' && key === `${place.prefix}:round:${name}`) count++
      })
      return () => count
    },

    /** The state of Redis as if no scheduler had run when the schedule was due. */
    async missedAt(at: Date, name = 'refresh') {
      await redis.hset(`${place.prefix}:round:${name}`, 'next', at.getTime())
    },
  }
}

/** A round that runs until the test releases it. */
export function heldRun() {
  let letGo = () => {}
  let begin: (signal: AbortSignal) => void = () => {}
  const begun = new Promise<AbortSignal>(resolve => {
    begin = resolve
  })
  return {
    begun,
    letGo: () => letGo(),
    run: ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>(resolve => {
        letGo = resolve
        begin(signal)
      }),
  }
}

export const aborted = (signal: AbortSignal) =>
  new Promise<string>(resolve => {
    const tell = () => resolve(String(signal.reason))
    if (signal.aborted) tell()
    else signal.addEventListener('abort', tell)
  })
