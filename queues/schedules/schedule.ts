import type { Redis } from 'ioredis'
import type { QueueStore } from '../redis.ts'

/** The schedules that there are; the wiring says what each does. */
export const scheduleNames = ['refresh', 'decay', 'prune', 'sweep', 'audit', 'audit-all'] as const
export type ScheduleName = (typeof scheduleNames)[number]

/** Work that comes again by the clock, once in the fleet each time. */
export interface Schedule {
  name: ScheduleName
  /** Cron, in UTC: five fields, or six with the seconds first; what node-cron takes, `@hourly` among it. */
  expression: string
  /** A rejection is counted as failed, and the next run comes all the same. */
  run(context: ScheduleContext): Promise<void>
}

export interface ScheduleContext {
  /** When it was due: the first of those that were missed, where it catches up. */
  slot: Date
  nextAt: Date
  /** Aborted on close, and when another process may begin the next run because this one could not be renewed. */
  signal: AbortSignal
  /** The queues' Redis, for what one run keeps for the next one. */
  store: QueueStore
}

/**
 * `stopped`: cut short by the close of its process, which is no failure. `caught-up` comes when a missed run begins; how
 * it went is reported as well when it ends.
 */
export const scheduleOutcomes = ['ok', 'failed', 'stopped', 'skipped', 'caught-up'] as const

/** What happened to a schedule in this process. */
export type ScheduleEvent = { name: ScheduleName; slot: Date } & (
  | { outcome: 'ok' | 'stopped'; tookMs: number }
  | { outcome: 'failed'; tookMs: number; error: Error }
  | { outcome: 'skipped' | 'caught-up' }
)

/** Where the schedules are in the queues' Redis, whose keys call them rounds. */
export const scheduleKeys = (prefix: string) => ({
  /** Set: the names of all schedules that ever were. */
  names: `${prefix}:rounds`,
  /** Hash: how a schedule stands, for `readSchedules`. */
  state: (name: string) => `${prefix}:round:${name}`,
  /** The lock of the run that is under way. */
  running: (name: string) => `${prefix}:round:${name}:running`,
  /** Text: which process fires this slot. `slot` is node-cron's name for it, the schedule's name and the time. */
  claim: (slot: string) => `${prefix}:round-slot:${slot}`,
})

/** What runs schedules in this process. */
export interface SchedulerDeps {
  redis: Redis
  prefix: string
  keys: ReturnType<typeof scheduleKeys>
  /** This process, as an operator knows it. */
  by: string
  /** How long after the death of its process a run still counts as under way. Milliseconds, default 10,000. */
  lockMs: number
  /** How late a slot counts as missed. Longer than a slot takes to begin when Redis is slow. Milliseconds, default 6,000. */
  missedAfterMs: number
  onEvent(event: ScheduleEvent): void
  onError(error: Error): void
}
