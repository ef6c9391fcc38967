/** The rounds that there are: what each does is told by whoever starts them. */
export const scheduleNames = ['refresh', 'decay', 'prune', 'sweep', 'audit', 'audit-all'] as const
export type ScheduleName = (typeof scheduleNames)[number]

/** Work that comes again by the clock, once in the fleet each time. */
export interface Schedule {
  name: ScheduleName
  /** Cron, in UTC: five fields, or six with the seconds first; what node-cron takes, `@hourly` among it. */
  expression: string
  /** A rejection is counted as failed, and the next round comes all the same. */
  run(context: ScheduleContext): Promise<void>
}

export interface ScheduleContext {
  /** When it was due: the first of those that were missed, where it catches up. */
  slot: Date
  /** When the next is due. */
  nextAt: Date
  /** Aborted on close, and when another process may begin the next round because this one could not be renewed. */
  signal: AbortSignal
}

/** `stopped`: cut short by the close of its process, which is no failure. `caught-up` comes when a missed round begins; how it went is told as well when it ends. */
export const scheduleOutcomes = ['ok', 'failed', 'stopped', 'skipped', 'caught-up'] as const
export type ScheduleOutcome = (typeof scheduleOutcomes)[number]

/** What happened to a round in this process. */
export type ScheduleEvent = { name: ScheduleName; slot: Date } & (
  | { outcome: 'ok' | 'stopped'; tookMs: number }
  | { outcome: 'failed'; tookMs: number; error: Error }
  | { outcome: 'skipped' | 'caught-up' }
)
